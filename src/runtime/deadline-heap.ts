import type { EpochMs } from '../lib/scheduler.js';

interface Entry {
  readonly key: string;
  readonly at: EpochMs;
}

/** Keys with one deadline each, the earliest at hand: a binary heap that knows where each key is, so that a key can be moved or taken out. */
export class DeadlineHeap {
  readonly #entries: Entry[] = [];
  readonly #positions = new Map<string, number>();

  get size(): number {
    return this.#entries.length;
  }

  earliest(): Entry | undefined {
    return this.#entries[0];
  }

  at(key: string): EpochMs | undefined {
    return this.#entries[this.#positions.get(key) ?? -1]?.at;
  }

  /** Sets the key's deadline, earlier or later than the one it may have. */
  set(key: string, at: EpochMs): void {
    this.delete(key);
    this.#place({ key, at }, this.#entries.length);
    this.#rise(this.#entries.length - 1);
  }

  delete(key: string): boolean {
    const position = this.#positions.get(key);
    const last = this.#entries[this.#entries.length - 1];
    if (position === undefined || last === undefined) return false;
    this.#entries.pop();
    this.#positions.delete(key);
    if (last.key !== key) {
      this.#place(last, position);
      this.#rise(position);
      this.#sink(this.#positions.get(last.key) ?? position);
    }
    return true;
  }

  #place(entry: Entry, position: number): void {
    this.#entries[position] = entry;
    this.#positions.set(entry.key, position);
  }

  #rise(from: number): void {
    let position = from;
    while (position > 0 && this.#swapIfLater((position - 1) >> 1, position)) position = (position - 1) >> 1;
  }

  #sink(from: number): void {
    let position = from;
    for (;;) {
      const left = 2 * position + 1;
      const right = left + 1;
      const smaller = this.#timeAt(right) < this.#timeAt(left) ? right : left;
      if (!this.#swapIfLater(position, smaller)) return;
      position = smaller;
    }
  }

  #timeAt(position: number): number {
    return this.#entries[position]?.at ?? Infinity;
  }

  #swapIfLater(upper: number, lower: number): boolean {
    const above = this.#entries[upper];
    const below = this.#entries[lower];
    if (!above || !below || above.at <= below.at) return false;
    this.#place(below, upper);
    this.#place(above, lower);
    return true;
  }
}
