import type { KubeObject } from '../../../api/kube.js';
import type { EpochMs } from '../../../lib/scheduler.js';
import type { Draft } from '../../store/json.js';
import { at, numberAt, recordsAt, textAt } from '../../store/json.js';
import { ageOf } from './ages.js';

/* What `kubectl get pods` says of a pod. Semantics: Kubernetes, printers of core/v1 Pod, 1.35. */

export function readyContainers(pod: KubeObject): string {
  const ready = recordsAt(pod, 'status', 'containerStatuses').filter(
    (status) => status['ready'] === true && at(status, 'state', 'running') !== undefined,
  );
  return `${ready.length}/${recordsAt(pod, 'spec', 'containers').length}`;
}

/** One word for what keeps it: a container's reason before the pod's phase, and its deletion before everything. */
export function podStatus(pod: KubeObject): string {
  const reason = initReason(pod) ?? containerReason(pod) ?? textAt(pod, 'status', 'reason') ?? textAt(pod, 'status', 'phase') ?? 'Unknown';
  return pod.metadata.deletionTimestamp === undefined ? reason : textAt(pod, 'status', 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating';
}

function initReason(pod: KubeObject): string | undefined {
  const statuses = recordsAt(pod, 'status', 'initContainerStatuses');
  for (const [index, status] of statuses.entries()) {
    const exitCode = numberAt(status, 'state', 'terminated', 'exitCode');
    if (exitCode === 0) continue;
    if (exitCode !== undefined) return `Init:${textAt(status, 'state', 'terminated', 'reason') ?? `ExitCode:${exitCode}`}`;
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    if (waiting !== undefined && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${recordsAt(pod, 'spec', 'initContainers').length}`;
  }
  return undefined;
}

function containerReason(pod: KubeObject): string | undefined {
  let reason: string | undefined;
  let isRunning = false;
  for (const status of [...recordsAt(pod, 'status', 'containerStatuses')].reverse()) {
    const found = reasonOf(status);
    if (found !== undefined) reason = found;
    else if (status['ready'] === true && at(status, 'state', 'running') !== undefined) isRunning = true;
  }
  return reason === 'Completed' && isRunning ? (isReady(pod) ? 'Running' : 'NotReady') : reason;
}

function reasonOf(status: Draft): string | undefined {
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  if (waiting !== undefined && waiting !== '') return waiting;
  const terminated = at(status, 'state', 'terminated');
  if (terminated === undefined) return undefined;
  const signal = numberAt(terminated, 'signal') ?? 0;
  return textAt(terminated, 'reason') || (signal !== 0 ? `Signal:${signal}` : `ExitCode:${numberAt(terminated, 'exitCode') ?? 0}`);
}

function isReady(pod: KubeObject): boolean {
  return recordsAt(pod, 'status', 'conditions').some((condition) => condition['type'] === 'Ready' && condition['status'] === 'True');
}

export function restarts(pod: KubeObject, now: EpochMs): string {
  const statuses = recordsAt(pod, 'status', 'containerStatuses');
  const count = statuses.reduce((sum, status) => sum + (numberAt(status, 'restartCount') ?? 0), 0);
  const last = statuses
    .flatMap((status) => textAt(status, 'lastState', 'terminated', 'finishedAt') ?? [])
    .sort()
    .at(-1);
  return count > 0 && last !== undefined ? `${count} (${ageOf(last, now)} ago)` : String(count);
}

export function readinessGates(pod: KubeObject): string {
  const gates = recordsAt(pod, 'spec', 'readinessGates');
  if (gates.length === 0) return '<none>';
  const conditions = recordsAt(pod, 'status', 'conditions');
  const open = gates.filter((gate) =>
    conditions.some((condition) => condition['type'] === gate['conditionType'] && condition['status'] === 'True'),
  );
  return `${open.length}/${gates.length}`;
}
