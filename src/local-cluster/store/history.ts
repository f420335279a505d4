import type { KubeObject } from '../../api/kube.js';
import { expired } from './status-error.js';

/** One committed change of one kind. */
export interface Change {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** After the change; of a deletion: the last state, with the deletion's version. */
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** The latest changes of one kind, as far back as `capacity` goes. */
export class History {
  readonly #changes: Change[] = [];
  /** Changes up to and including this one are forgotten. */
  #forgottenUpTo: number;

  constructor(
    private readonly capacity: number,
    forgottenUpTo: number,
  ) {
    this.#forgottenUpTo = forgottenUpTo;
  }

  append(change: Change): void {
    this.#changes.push(change);
    // Trimmed in strides, so that appending stays cheap.
    if (this.#changes.length >= this.capacity * 2) this.#forget(this.#changes.length - this.capacity);
  }

  forgetUpTo(revision: number): void {
    this.#forget(this.#changes.filter((change) => change.revision <= revision).length);
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, revision);
  }

  #forget(count: number): void {
    const gone = this.#changes.splice(0, count).at(-1);
    if (gone) this.#forgottenUpTo = gone.revision;
  }

  /** @throws StatusError 410 when changes after `revision` are no longer all known */
  since(revision: number, current: number): readonly Change[] {
    if (revision < this.#forgottenUpTo) throw expired(`too old resource version: ${revision} (${current})`);
    return this.#changes.filter((change) => change.revision > revision);
  }
}
