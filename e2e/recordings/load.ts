import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recording } from './format.js';
import { parseRecording } from './parse-recording.js';

/** How many scenarios there are; finding fewer means that the comparison silently lost some. */
const scenarioCount = 167;

/** Where the recordings are not there, the reason; a recording that cannot be read is an error, never a skip. */
export type Loaded =
  { readonly kind: 'found'; readonly recordings: readonly Recording[] } | { readonly kind: 'absent'; readonly reason: string };

/**
 * Reads every scenario of a folder, in order of its name.
 *
 * @throws Error for a file that is not a recording, and for fewer than `scenarioCount` of them
 */
export function loadRecordings(directory: string): Loaded {
  if (!existsSync(directory)) return { kind: 'absent', reason: `no recordings in ${directory} (set RECORDINGS_DIR)` };
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .sort();
  const recordings = files.map((file) => loadRecording(join(directory, file)));
  if (recordings.length < scenarioCount)
    throw new Error(`${directory} has ${recordings.length} scenarios, expected at least ${scenarioCount}`);
  return { kind: 'found', recordings };
}

/** @throws Error naming the file */
function loadRecording(file: string): Recording {
  try {
    return parseRecording(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`${file} is not a recording`, { cause: error });
  }
}
