import type { KubeObject } from '../../api/kube.js';
import { textAt } from '../store/json.js';

const first = 2;
const last = 255 * 256 - 1;

/** Pod IPs 10.244.x.y: each to one pod at a time, reused as late as possible. */
export class PodAddresses {
  readonly #byUid = new Map<string, string>();
  readonly #taken = new Set<string>();
  #next = first;

  of(pod: KubeObject): string {
    const known = this.#byUid.get(pod.metadata.uid);
    if (known !== undefined) return known;
    const address = textAt(pod, 'status', 'podIP') ?? this.#free();
    this.#byUid.set(pod.metadata.uid, address);
    this.#taken.add(address);
    return address;
  }

  release(pod: KubeObject): void {
    const address = this.#byUid.get(pod.metadata.uid);
    if (address === undefined) return;
    this.#byUid.delete(pod.metadata.uid);
    this.#taken.delete(address);
  }

  #free(): string {
    for (;;) {
      const address = `10.244.${this.#next >> 8}.${this.#next & 255}`;
      this.#next = this.#next >= last ? first : this.#next + 1;
      if (!this.#taken.has(address)) return address;
    }
  }
}
