/** Answers of one kind. */
export interface AnswerCount {
  readonly version: string;
  /** HTTP code; 0: there was none (refused, reset, no endpoint). */
  readonly code: number;
  readonly count: number;
  /** All durations together. */
  readonly totalMs: number;
}

/** Counts answers by version and code. */
export class AnswerCounts {
  readonly #counts = new Map<string, { readonly version: string; readonly code: number; count: number; totalMs: number }>();

  add(version: string, code: number, durationMs: number): void {
    const key = `${code} ${version}`;
    const known = this.#counts.get(key) ?? { version, code, count: 0, totalMs: 0 };
    known.count++;
    known.totalMs += durationMs;
    this.#counts.set(key, known);
  }

  list(): readonly AnswerCount[] {
    return [...this.#counts.values()].map((each) => ({ ...each }));
  }
}
