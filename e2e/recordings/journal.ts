import type { KubeObject } from '../../src/api/kube.js';
import type { EpochMs } from '../../src/lib/scheduler.js';
import { isEqual } from '../../src/lib/equal.js';
import { factsOf } from './facts.js';
import { nameOf } from '../lib/json-at.js';

/** What was seen or done, in the order of seeing; objects as they were, real names and all. */
export type JournalEntry =
  | { readonly kind: 'action'; readonly at: EpochMs; readonly label: string }
  | { readonly kind: 'returned'; readonly at: EpochMs; readonly label: string; readonly code: number; readonly output: readonly string[] }
  | { readonly kind: 'refused'; readonly at: EpochMs; readonly label: string; readonly status: number; readonly message: string }
  | { readonly kind: 'object'; readonly at: EpochMs; readonly object: KubeObject }
  | { readonly kind: 'gone'; readonly at: EpochMs; readonly object: KubeObject }
  | { readonly kind: 'event'; readonly at: EpochMs; readonly object: KubeObject };

/** Collects what happens in one namespace while a script is played. */
export class Journal {
  readonly entries: JournalEntry[] = [];
  private readonly latest = new Map<string, KubeObject>();
  private changedAt: EpochMs;

  constructor(private readonly now: () => EpochMs) {
    this.changedAt = now();
  }

  action(label: string): void {
    this.entries.push({ kind: 'action', at: this.now(), label });
  }

  returned(label: string, code: number, output: readonly string[]): void {
    this.entries.push({ kind: 'returned', at: this.now(), label, code, output });
  }

  refused(label: string, status: number, message: string): void {
    this.entries.push({ kind: 'refused', at: this.now(), label, status, message });
  }

  /** An object as a watch delivers it. Only a change of its facts is a change: a heartbeat or managedFields are not. */
  seen(object: KubeObject): void {
    if (object.kind === 'Event') {
      this.entries.push({ kind: 'event', at: this.now(), object });
      return;
    }
    const before = this.latest.get(nameOf(object));
    this.latest.set(nameOf(object), object);
    if (before?.metadata.uid === object.metadata.uid && isEqual(factsOf(before), factsOf(object))) return;
    this.entries.push({ kind: 'object', at: this.now(), object });
    this.changedAt = this.now();
  }

  gone(object: KubeObject): void {
    if (!this.latest.delete(nameOf(object))) return;
    this.entries.push({ kind: 'gone', at: this.now(), object });
    this.changedAt = this.now();
  }

  /** When anything but an event changed last. */
  lastChangeAt(): EpochMs {
    return this.changedAt;
  }

  object(kind: string, name: string): KubeObject | undefined {
    return this.latest.get(`${kind}/${name}`);
  }

  objects(): readonly KubeObject[] {
    return [...this.latest.values()];
  }
}
