export type Aspect = 'script' | 'milestone' | 'sequence' | 'condition' | 'event' | 'refusal' | 'plugin' | 'extremes' | 'final' | 'hash';

/** One thing that went otherwise than recorded. */
export interface Difference {
  readonly aspect: Aspect;
  /** What it is about, found and expected; stable from run to run, so that a table can name it. */
  readonly text: string;
}

/** One aspect's findings. */
export function differences(aspect: Aspect, texts: readonly string[]): readonly Difference[] {
  return texts.map((text) => ({ aspect, text }));
}
