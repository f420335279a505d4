import type { KubeObject } from '../../api/kube.js';
import type { LogOptions } from '../../cluster/cluster.js';
import { badRequest } from '../store/status-error.js';
import { recordsAt, textAt } from '../store/json.js';

const longestLog = 2_000;

/** What the containers of pods have printed: the latest 2,000 lines of each. */
export class PodLogs {
  readonly #lines = new Map<string, string[]>();
  readonly #followers = new Map<string, Set<() => void>>();

  append(uid: string, container: string, line: string): void {
    const key = `${uid}/${container}`;
    const lines = this.#lines.get(key) ?? [];
    lines.push(line);
    if (lines.length > longestLog) lines.splice(0, lines.length - longestLog);
    this.#lines.set(key, lines);
    this.#wake(uid);
  }

  /** The pod is gone: followers see the end. */
  forget(uid: string): void {
    for (const key of this.#lines.keys()) if (key.startsWith(`${uid}/`)) this.#lines.delete(key);
    this.#wake(uid);
    this.#followers.delete(uid);
  }

  /**
   * @param isGone whether the pod no longer exists: then a follower has nothing to wait for
   * @throws StatusError 400 when the container is not named and there are several, or there is none of that name
   */
  async *read(pod: KubeObject, options: LogOptions, isGone: () => boolean): AsyncGenerator<string> {
    const { uid } = pod.metadata;
    const key = `${uid}/${containerOf(pod, options.container)}`;
    const start = this.#lines.get(key) ?? [];
    let sent = options.tailLines === undefined ? 0 : Math.max(0, start.length - options.tailLines);
    let bytesLeft = options.limitBytes ?? Infinity;
    for (;;) {
      const lines = this.#lines.get(key) ?? [];
      for (; sent < lines.length && bytesLeft > 0; sent++) {
        const text = Buffer.from(`${lines[sent] ?? ''}\n`).subarray(0, bytesLeft);
        bytesLeft -= text.length;
        yield text.toString('utf8');
      }
      if (options.follow !== true || bytesLeft <= 0 || isGone() || options.signal?.aborted === true) return;
      await this.#more(uid, options.signal);
    }
  }

  #more(uid: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const followers = this.#followers.get(uid) ?? new Set();
      this.#followers.set(uid, followers.add(resolve));
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #wake(uid: string): void {
    const followers = this.#followers.get(uid) ?? [];
    this.#followers.delete(uid);
    for (const wake of followers) wake();
  }
}

function containerOf(pod: KubeObject, wanted: string | undefined): string {
  const names = recordsAt(pod, 'spec', 'containers').map((container) => textAt(container, 'name') ?? '');
  if (wanted === undefined && names.length > 1) {
    throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`);
  }
  const name = wanted ?? names[0] ?? '';
  if (!names.includes(name)) throw badRequest(`container ${name} is not valid for pod ${pod.metadata.name}`);
  return name;
}
