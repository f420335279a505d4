import type { EpochMs } from '../../lib/scheduler.js';
import type { RolloutContext } from './context.js';
import { ensureReplicaSet, numberRollout } from './new-version.js';
import { planPodMetadata } from './pod-metadata.js';
import { antiAffinityChange } from './replica-set.js';
import { planRestart } from './restart.js';
import { updateOf } from './scaling.js';
import type { Need, RolloutAction } from './types.js';

/** What every strategy does in every pass, whatever step it is at. */
export interface Upkeep {
  readonly actions: readonly RolloutAction[];
  readonly isEvicting: boolean;
  readonly need: readonly Need[];
  readonly restartedAt: EpochMs | undefined;
  readonly requeueAt: EpochMs | undefined;
}

/** The canary's identity and settings, restarts, and the metadata of pods. */
export function planUpkeep(context: RolloutContext): Upkeep {
  const { canary, spec, status } = context;
  const restart = planRestart(context);
  const metadata = planPodMetadata(context);
  const podAntiAffinity = antiAffinityChange(context);
  const settings = { minReadySeconds: spec.minReadySeconds, ...(podAntiAffinity === undefined ? {} : { podAntiAffinity }) };
  return {
    actions: [
      ...ensureReplicaSet(context, false),
      ...numberRollout(context, false),
      ...(canary === undefined ? [] : updateOf(canary, settings)),
      ...metadata.actions,
      ...restart.evictions,
    ],
    isEvicting: restart.evictions.length > 0,
    need: (restart.needsPods || metadata.needsPods) && context.seen.live.pods === undefined ? ['pods'] : [],
    restartedAt: restart.restartedAt ?? status.restartedAt,
    requeueAt: restart.requeueAt,
  };
}

/** The first of several moments, as a plan says it. */
export function earliest(...moments: readonly (EpochMs | undefined)[]): { readonly requeueAt?: EpochMs } {
  const set = moments.filter((at) => at !== undefined);
  return set.length === 0 ? {} : { requeueAt: Math.min(...set) };
}
