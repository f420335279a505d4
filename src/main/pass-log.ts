import type { Logger } from '../telemetry/index.js';

/** Gives every pass a number of its own, so that the lines of one pass can be told from those of the next. */
export class PassLog {
  readonly #passes = new Map<string, number>();
  #count = 0;

  constructor(private readonly log: Logger) {}

  /** One worker at a time has a key of a controller. */
  begin(controller: string, key: string): void {
    this.#count += 1;
    this.#passes.set(`${controller} ${key}`, this.#count);
  }

  end(controller: string, key: string): void {
    this.#passes.delete(`${controller} ${key}`);
  }

  /** The log of the pass over a key that is on, or that has just failed. */
  of(controller: string, key: string): Logger {
    const [name = '', namespace] = key.split('/').reverse();
    const pass = this.#passes.get(`${controller} ${key}`);
    return this.log.child({ controller, ...(namespace !== undefined && { namespace }), name, ...(pass !== undefined && { pass }) });
  }
}
