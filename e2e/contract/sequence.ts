import type { Recorder, RecorderOptions } from './recorder.js';

/** Requests that are sent to a real API server and to the local one; their answers must be the same. */
export interface Sequence {
  readonly name: string;
  readonly options: RecorderOptions;
  readonly play: (to: Recorder) => Promise<void>;
}

export function sequence(name: string, play: (to: Recorder) => Promise<void>, options: RecorderOptions = {}): Sequence {
  return { name, options, play };
}
