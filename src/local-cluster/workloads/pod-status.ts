import type { KubeObject } from '../../api/kube.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { renderWholeSeconds } from '../../lib/time.js';
import type { Draft } from '../store/json.js';
import { textAt } from '../store/json.js';
import type { Condition } from './kit.js';
import { conditionOf, stampCondition } from './kit.js';
import type { ContainerLife, ContainerState, PodLife } from './pod-life.js';
import type { PodScript } from './pod-script.js';

export interface PodPlace {
  readonly hostIp: string;
  /** Given once its containers have started. */
  readonly podIp: string | undefined;
  readonly startTime: EpochMs;
}

/**
 * The part of a pod's status that a kubelet owns, for a strategic merge patch: conditions of others stay.
 * Semantics: Kubernetes, kubelet status manager, 1.35.
 */
export function renderPodStatus(pod: KubeObject, script: PodScript, life: PodLife, place: PodPlace, now: EpochMs): Draft {
  const isDone = life.phase === 'Succeeded' || life.phase === 'Failed';
  const ip = place.podIp ?? textAt(pod, 'status', 'podIP');
  return {
    phase: life.phase,
    ...(life.reason === undefined ? {} : { reason: life.reason, message: life.message }),
    conditions: conditionsOf(pod, script, life, isDone).map((condition) => stamped(pod, condition, now)),
    hostIP: place.hostIp,
    hostIPs: [{ ip: place.hostIp }],
    ...(ip === undefined ? {} : { podIP: ip, podIPs: [{ ip }] }),
    startTime: textAt(pod, 'status', 'startTime') ?? renderWholeSeconds(place.startTime),
    containerStatuses: life.containers.map((container) => renderContainer(pod, container)),
  };
}

function stamped(pod: KubeObject, condition: Condition, now: EpochMs): Draft {
  return { ...stampCondition(pod, condition, now), lastProbeTime: null };
}

function conditionsOf(pod: KubeObject, script: PodScript, life: PodLife, isDone: boolean): readonly Condition[] {
  const unready = life.containers.filter(({ isReady }) => !isReady).map(({ script: { name } }) => name);
  const isInitialised = isFinite(script.startMs);
  return [
    condition(
      'Initialized',
      isInitialised,
      'ContainersNotInitialized',
      'containers with incomplete status',
      isDone ? 'PodCompleted' : undefined,
    ),
    condition('Ready', !isDone && unready.length === 0 && gatesOpen(pod, script), ...whyNotReady(pod, script, unready, life)),
    condition('ContainersReady', !isDone && unready.length === 0, ...whyContainersNotReady(unready, life)),
  ];
}

function condition(type: string, isTrue: boolean, reason: string, message: string, reasonWhenTrue?: string): Condition {
  if (!isTrue) return { type, status: 'False', reason, ...(message === '' ? {} : { message }) };
  return { type, status: 'True', ...(reasonWhenTrue === undefined ? {} : { reason: reasonWhenTrue }) };
}

function gatesOpen(pod: KubeObject, script: PodScript): boolean {
  return script.readinessGates.every((gate) => conditionOf(pod, gate)?.['status'] === 'True');
}

function whyContainersNotReady(unready: readonly string[], life: PodLife): readonly [string, string] {
  if (life.phase === 'Succeeded') return ['PodCompleted', ''];
  if (life.phase === 'Failed') return ['PodFailed', ''];
  return ['ContainersNotReady', `containers with unready status: [${unready.join(' ')}]`];
}

function whyNotReady(pod: KubeObject, script: PodScript, unready: readonly string[], life: PodLife): readonly [string, string] {
  if (unready.length > 0 || life.phase === 'Succeeded' || life.phase === 'Failed') return whyContainersNotReady(unready, life);
  const closed = script.readinessGates.find((gate) => conditionOf(pod, gate)?.['status'] !== 'True') ?? '';
  const status = conditionOf(pod, closed);
  const why =
    status === undefined
      ? `corresponding condition of pod readiness gate "${closed}" does not exist.`
      : `the status of pod readiness gate "${closed}" is not "True", but ${String(status['status'])}`;
  return ['ReadinessGatesNotReady', why];
}

function renderContainer(pod: KubeObject, { script, state, last, restarts, isReady }: ContainerLife): Draft {
  const hasRun = state.kind !== 'waiting' || restarts > 0;
  const id = `containerd://${pod.metadata.uid.replaceAll('-', '')}${restarts.toString(16).padStart(32, '0')}`;
  return {
    name: script.name,
    image: script.image,
    imageID: hasRun ? script.image : '',
    ...(hasRun ? { containerID: id } : {}),
    ready: isReady,
    started: state.kind === 'running',
    restartCount: restarts,
    state: renderState(state),
    lastState: last === undefined ? {} : renderState(last),
  };
}

function renderState(state: ContainerState): Draft {
  switch (state.kind) {
    case 'waiting':
      return { waiting: { reason: state.reason, ...(state.message === undefined ? {} : { message: state.message }) } };
    case 'running':
      return { running: { startedAt: renderWholeSeconds(state.since) } };
    case 'terminated':
      return {
        terminated: {
          ...{ exitCode: state.exitCode, reason: state.reason },
          ...{ startedAt: renderWholeSeconds(state.startedAt), finishedAt: renderWholeSeconds(state.finishedAt) },
        },
      };
  }
}
