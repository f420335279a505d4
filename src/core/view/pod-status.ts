import type { KubeObject } from '../../api/kube.js';
import { isPlainObject, objectsOf } from '../../lib/json.js';

type Fields = Readonly<Record<string, unknown>>;

export interface PodView {
  /** kubectl's STATUS column: `Running`, `Init:0/1`, `CrashLoopBackOff`, `ExitCode:1`, `Terminating` ... */
  readonly status: string;
  readonly ready: number;
  readonly containers: number;
  readonly restarts: number;
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restarts: number;
  readonly waiting?: string;
  readonly running: boolean;
  readonly terminated?: { readonly reason: string; readonly exitCode: number; readonly signal: number };
}

/** What kubectl would show of a pod. Semantics: kubectl's pod printer, including restartable init containers (sidecars). */
export function viewPod(pod: KubeObject): PodView {
  const spec = pod.spec ?? {};
  const status = pod.status ?? {};
  const sidecars = sidecarNames(spec);
  const init = containerStatuses(status['initContainerStatuses']);
  const main = containerStatuses(status['containerStatuses']);
  const phase = text(status['reason']) || text(status['phase']) || 'Pending';
  const blocked = initStatus(init, sidecars, objectsOf(spec['initContainers']).length);
  const word = blocked ?? mainStatus(main, phase, status);
  const sidecarReady = init.filter((c) => sidecars.has(c.name) && c.ready).length;
  return {
    status: deletionWord(pod, phase) ?? word,
    ready: main.filter((c) => c.ready).length + sidecarReady,
    containers: objectsOf(spec['containers']).length + sidecars.size,
    restarts: [...main, ...init.filter((c) => sidecars.has(c.name) || blocked !== undefined)].reduce((sum, c) => sum + c.restarts, 0),
  };
}

function deletionWord(pod: KubeObject, phase: string): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined;
  return phase === 'NodeLost' ? 'Unknown' : 'Terminating';
}

function initStatus(init: readonly ContainerStatus[], sidecars: ReadonlySet<string>, total: number): string | undefined {
  for (const [i, c] of init.entries()) {
    if (c.terminated && c.terminated.exitCode === 0) continue;
    if (sidecars.has(c.name) && c.started) continue;
    if (c.terminated) return `Init:${terminatedWord(c.terminated)}`;
    if (c.waiting !== undefined && c.waiting !== '' && c.waiting !== 'PodInitializing') return `Init:${c.waiting}`;
    return `Init:${i}/${total}`;
  }
  return undefined;
}

function mainStatus(main: readonly ContainerStatus[], phase: string, status: Fields): string {
  let word = phase;
  for (const c of [...main].reverse()) {
    if (c.waiting !== undefined && c.waiting !== '') word = c.waiting;
    else if (c.terminated) word = terminatedWord(c.terminated);
  }
  const isAnyRunning = main.some((c) => c.ready && c.running);
  if (word === 'Completed' && isAnyRunning) return isPodReady(status) ? 'Running' : 'NotReady';
  return word;
}

function terminatedWord(t: { readonly reason: string; readonly exitCode: number; readonly signal: number }): string {
  if (t.reason !== '') return t.reason;
  return t.signal !== 0 ? `Signal:${t.signal}` : `ExitCode:${t.exitCode}`;
}

function isPodReady(status: Fields): boolean {
  return objectsOf(status['conditions']).some((c) => c['type'] === 'Ready' && c['status'] === 'True');
}

function sidecarNames(spec: Fields): ReadonlySet<string> {
  return new Set(
    objectsOf(spec['initContainers'])
      .filter((c) => c['restartPolicy'] === 'Always')
      .map((c) => text(c['name'])),
  );
}

function containerStatuses(value: unknown): readonly ContainerStatus[] {
  return objectsOf(value).map((c) => {
    const state = fieldsOf(c['state']);
    const waiting = fieldsOf(state['waiting']);
    const terminated = fieldsOf(state['terminated']);
    return {
      name: text(c['name']),
      ready: c['ready'] === true,
      started: c['started'] === true,
      restarts: number(c['restartCount']),
      running: state['running'] !== undefined,
      ...(state['waiting'] === undefined ? {} : { waiting: text(waiting['reason']) }),
      ...(state['terminated'] === undefined
        ? {}
        : {
            terminated: {
              reason: text(terminated['reason']),
              exitCode: number(terminated['exitCode']),
              signal: number(terminated['signal']),
            },
          }),
    };
  });
}

function fieldsOf(value: unknown): Fields {
  return isPlainObject(value) ? value : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
