/** How many tasks may run at once. */
export interface LaneLimits {
  /** Over all lanes. */
  readonly overall: number;
  /** In one lane: what one slow host can hold at most. */
  readonly perLane: number;
}

interface Waiting {
  readonly lane: string;
  readonly start: () => void;
}

/**
 * Admits tasks lane by lane (a lane is a host): a task waits only for its own lane or for the overall limit, never behind another lane's queue,
 * so one slow server delays nobody else. Order within a lane is that of arrival; lanes take turns.
 */
export class Lanes {
  readonly #limits: LaneLimits;
  readonly #active = new Map<string, number>();
  /** Lanes with waiting tasks, in the order they take turns. */
  readonly #queues = new Map<string, Waiting[]>();
  #total = 0;

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  /** Tasks admitted and not released. */
  get active(): number {
    return this.#total;
  }

  /** Calls `start` as soon as there is room, perhaps at once. @returns how to leave the queue; without effect once started */
  enter(lane: string, start: () => void): () => void {
    const waiting: Waiting = { lane, start };
    if (this.#hasRoom(lane)) {
      this.#admit(waiting);
      return () => undefined;
    }
    const queue = this.#queues.get(lane);
    if (queue) queue.push(waiting);
    else this.#queues.set(lane, [waiting]);
    return () => this.#leave(waiting);
  }

  /** Gives a task's place to the next. */
  release(lane: string): void {
    const left = (this.#active.get(lane) ?? 1) - 1;
    if (left === 0) this.#active.delete(lane);
    else this.#active.set(lane, left);
    this.#total -= 1;
    this.#admitNext();
  }

  #hasRoom(lane: string): boolean {
    return this.#total < this.#limits.overall && (this.#active.get(lane) ?? 0) < this.#limits.perLane;
  }

  #admit({ lane, start }: Waiting): void {
    this.#active.set(lane, (this.#active.get(lane) ?? 0) + 1);
    this.#total += 1;
    start();
  }

  #admitNext(): void {
    for (const [lane, queue] of this.#queues) {
      if (!this.#hasRoom(lane)) continue;
      const next = queue.shift();
      this.#queues.delete(lane);
      if (queue.length > 0) this.#queues.set(lane, queue);
      if (next) this.#admit(next);
      return;
    }
  }

  #leave(waiting: Waiting): void {
    const queue = this.#queues.get(waiting.lane)?.filter((other) => other !== waiting) ?? [];
    if (queue.length === 0) this.#queues.delete(waiting.lane);
    else this.#queues.set(waiting.lane, queue);
  }
}
