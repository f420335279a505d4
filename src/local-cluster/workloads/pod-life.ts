import type { EpochMs } from '../../lib/scheduler.js';
import type { ContainerScript, PodScript } from './pod-script.js';

/** What a container is doing at one instant. */
export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running'; readonly since: EpochMs }
  | {
      readonly kind: 'terminated';
      readonly exitCode: number;
      readonly reason: string;
      readonly startedAt: EpochMs;
      readonly finishedAt: EpochMs;
    };

export interface ContainerLife {
  readonly script: ContainerScript;
  readonly state: ContainerState;
  readonly last?: ContainerState;
  readonly restarts: number;
  readonly isReady: boolean;
}

export interface PodLife {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly reason?: string;
  readonly message?: string;
  readonly containers: readonly ContainerLife[];
  /** When something changes by itself next. */
  readonly nextAt?: EpochMs;
}

const pullBackOffAfterMs = 2_000;
const longestBackOffMs = 300_000;

/**
 * A pod's life as a function of time: whoever asks again later, or after a restart, gets the same story.
 * @param boundAt when the kubelet got the pod
 */
export function lifeAt(script: PodScript, boundAt: EpochMs, now: EpochMs): PodLife {
  const deadline = script.activeDeadlineMs === undefined ? undefined : boundAt + script.activeDeadlineMs;
  if (deadline !== undefined && now >= deadline) return endedByDeadline(script, boundAt, deadline);
  const startAt = boundAt + script.startMs;
  const lives = script.containers.map((container) => containerAt(container, script, startAt, now));
  const next = earliest([...lives.map(({ nextAt }) => nextAt), deadline]);
  return { phase: phaseOf(lives), containers: lives, ...(next === undefined ? {} : { nextAt: next }) };
}

function endedByDeadline(script: PodScript, boundAt: EpochMs, deadline: EpochMs): PodLife {
  return {
    phase: 'Failed',
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
    containers: script.containers.map((container) => ({
      script: container,
      state: { kind: 'terminated', exitCode: 137, reason: 'Error', startedAt: boundAt + script.startMs, finishedAt: deadline },
      restarts: 0,
      isReady: false,
    })),
  };
}

type TimedLife = ContainerLife & { readonly nextAt?: EpochMs };

function containerAt(script: ContainerScript, pod: PodScript, startAt: EpochMs, now: EpochMs): TimedLife {
  const quiet = { script, restarts: 0, isReady: false };
  if (now < startAt)
    return { ...quiet, state: { kind: 'waiting', reason: waitingReason(pod) }, ...(isFinite(startAt) ? { nextAt: startAt } : {}) };
  if (script.isMissing) return { ...quiet, ...missingImage(script, startAt, now) };
  return runsAt(script, pod, startAt, now);
}

function waitingReason(pod: PodScript): string {
  return isFinite(pod.startMs) ? 'ContainerCreating' : 'PodInitializing';
}

function missingImage(
  script: ContainerScript,
  startAt: EpochMs,
  now: EpochMs,
): { readonly state: ContainerState; readonly nextAt?: EpochMs } {
  const backOffAt = startAt + pullBackOffAfterMs;
  const pulling = `failed to pull and unpack image "${script.image}": not found`;
  if (now < backOffAt) return { state: { kind: 'waiting', reason: 'ErrImagePull', message: pulling }, nextAt: backOffAt };
  return {
    state: { kind: 'waiting', reason: 'ImagePullBackOff', message: `Back-off pulling image "${script.image}": ErrImagePull: ${pulling}` },
  };
}

/** Follows the runs of one container from its first start up to now. */
function runsAt(script: ContainerScript, pod: PodScript, startAt: EpochMs, now: EpochMs): TimedLife {
  let startedAt = startAt;
  let last: ContainerState | undefined;
  for (let restarts = 0; ; restarts++) {
    const soFar = { script, restarts, ...(last && { last }) };
    if (now < startedAt) {
      const message = `back-off restarting failed container=${script.name}`;
      return { ...soFar, isReady: false, state: { kind: 'waiting', reason: 'CrashLoopBackOff', message }, nextAt: startedAt };
    }
    const endsAt = endOfRun(script, restarts, startedAt);
    if (endsAt === undefined || now < endsAt) return { ...soFar, ...runningAt(script, pod, startedAt, endsAt, now) };
    const exitCode = script.exitCode;
    last = { kind: 'terminated', exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt, finishedAt: endsAt };
    if (pod.restartPolicy === 'Never' || (pod.restartPolicy === 'OnFailure' && exitCode === 0)) {
      return { script, restarts, isReady: false, state: last };
    }
    startedAt = endsAt + restartDelayMs(restarts);
  }
}

function endOfRun(script: ContainerScript, restarts: number, startedAt: EpochMs): EpochMs | undefined {
  if (script.exitAfterMs === undefined || (script.exits !== undefined && restarts >= script.exits)) return undefined;
  return startedAt + script.exitAfterMs;
}

function runningAt(
  script: ContainerScript,
  pod: PodScript,
  since: EpochMs,
  endsAt: EpochMs | undefined,
  now: EpochMs,
): Pick<TimedLife, 'state' | 'isReady' | 'nextAt'> {
  const readyAt = since + script.readyAfterMs;
  const next = earliest([endsAt, now < readyAt ? readyAt : undefined]);
  return { state: { kind: 'running', since }, isReady: pod.isReady && now >= readyAt, ...(next === undefined ? {} : { nextAt: next }) };
}

/** The first restart comes at once, then 10 s, 20 s and so on up to 5 minutes. Semantics: Kubernetes, kubelet. */
function restartDelayMs(restartsBefore: number): number {
  return restartsBefore === 0 ? 0 : Math.min(longestBackOffMs, 10_000 * 2 ** Math.min(restartsBefore - 1, 10));
}

function phaseOf(lives: readonly TimedLife[]): PodLife['phase'] {
  if (lives.every(({ state }) => state.kind === 'terminated')) {
    return lives.every(({ state }) => state.kind === 'terminated' && state.exitCode === 0) ? 'Succeeded' : 'Failed';
  }
  const hasStarted = lives.some(({ state, restarts }) => state.kind !== 'waiting' || restarts > 0);
  const allStarted = lives.every(({ state, restarts }) => state.kind !== 'waiting' || restarts > 0);
  return hasStarted && allStarted ? 'Running' : 'Pending';
}

function earliest(times: readonly (EpochMs | undefined)[]): EpochMs | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
