import { keys } from '../../api/kube.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime, renderTime } from '../../lib/time.js';
import { updateOf } from './scaling.js';
import type { RolloutAction } from './types.js';

/** Seconds an old version stays at hand when nothing is said. */
export const defaultScaleDownDelaySeconds = 30;

/** When a ReplicaSet is to lose its pods; undefined when no time is set, or none that can be read. */
export function deadlineOf(rs: ReplicaSet): EpochMs | undefined {
  const text = rs.metadata.annotations?.[keys.scaleDownDeadline];
  return text === undefined ? undefined : parseTime(text);
}

export function hasDeadline(rs: ReplicaSet): boolean {
  return rs.metadata.annotations?.[keys.scaleDownDeadline] !== undefined;
}

/** Takes the deadline off a ReplicaSet that is wanted again. */
export function withoutDeadline(rs: ReplicaSet | undefined): readonly RolloutAction[] {
  return rs === undefined ? [] : updateOf(rs, { annotations: { [keys.scaleDownDeadline]: null } }, { safe: true });
}

export interface DelayedScaleDown {
  readonly now: EpochMs;
  /** 0: at once (upstream never scales down then, rollout-core 10 #4). */
  readonly delaySeconds: number;
  /** How many may linger; undefined: any number. */
  readonly limit: number | undefined;
  /** Pods of those that linger. */
  readonly sizeWhileLingering: (rs: ReplicaSet) => number;
  /** spec.replicas, for the annotation. */
  readonly desired: number;
}

/**
 * Old ReplicaSets that linger for a while, so that one can go back to them at once: gives each a deadline, and takes its pods when that
 * has passed or too many linger.
 *
 * @param olds those with pods that nothing points at any more, the newest first
 * @returns the writes, and the next deadline to come
 * Semantics: rollout-core 4.6, delay helper
 */
export function planDelayedScaleDown(
  olds: readonly ReplicaSet[],
  options: DelayedScaleDown,
): { readonly actions: readonly RolloutAction[]; readonly until: EpochMs | undefined } {
  const plans = olds.map((rs, place) => {
    const mayLinger = options.delaySeconds > 0 && (options.limit === undefined || place < options.limit);
    const until = deadlineOf(rs) ?? (hasDeadline(rs) ? -Infinity : options.now + options.delaySeconds * 1_000);
    return mayLinger && until > options.now
      ? { actions: linger(rs, until, options), until }
      : { actions: end(rs, options), until: undefined };
  });
  const times = plans.flatMap(({ until }) => until ?? []);
  return { actions: plans.flatMap(({ actions }) => actions), until: times.length === 0 ? undefined : Math.min(...times) };
}

function linger(rs: ReplicaSet, until: EpochMs, options: DelayedScaleDown): readonly RolloutAction[] {
  const replicas = options.sizeWhileLingering(rs);
  const resized = replicas === rs.replicas ? {} : { [keys.desiredReplicas]: String(options.desired) };
  return updateOf(rs, {
    replicas,
    annotations: { ...(hasDeadline(rs) ? {} : { [keys.scaleDownDeadline]: renderTime(until) }), ...resized },
  });
}

function end(rs: ReplicaSet, { desired }: DelayedScaleDown): readonly RolloutAction[] {
  return updateOf(rs, { replicas: 0, annotations: { [keys.scaleDownDeadline]: null, [keys.desiredReplicas]: String(desired) } });
}
