import type { AuditEntry } from './call.js';
import { isWrite } from './call.js';

/** The latest calls, oldest first. */
export class AuditLog {
  #entries: AuditEntry[] = [];

  constructor(private readonly capacity: number) {}

  add(entry: AuditEntry): void {
    this.#entries.push(entry);
    // Trimmed in strides, so that adding stays cheap.
    if (this.#entries.length >= this.capacity * 2) this.#entries = this.#entries.slice(-this.capacity);
  }

  /** Calls of one caller, or of all. */
  entries(caller?: string): readonly AuditEntry[] {
    return caller === undefined ? this.#entries : this.#entries.filter((entry) => entry.caller === caller);
  }

  /** Writes that reached the server, also those it refused and those that changed nothing. */
  writes(caller?: string): readonly AuditEntry[] {
    return this.entries(caller).filter(isWrite);
  }

  clear(): void {
    this.#entries = [];
  }
}
