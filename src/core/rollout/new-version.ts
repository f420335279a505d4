import { keys, type JsonObject } from '../../api/kube.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import { isEqual } from '../../lib/equal.js';
import { fieldOf, objectsOf } from '../../lib/json.js';
import { change, cleared, promote, type Advance } from './advance.js';
import { isStillLingering } from './blue-green/facts.js';
import { settlePause, settleRuns } from './canary/settle.js';
import { stepCount, type RolloutContext } from './context.js';
import { templateOf } from './identity.js';
import { lifecycleOf } from './lifecycle.js';
import { copiedAnnotations, renderReplicaSet, replicaSetName } from './replica-set.js';
import { isInRollbackWindow } from './rollback-window.js';
import { updateOf } from './scaling.js';
import type { Lifecycle, RolloutAction, RolloutPlan } from './types.js';

/** Whether the stored status is about another template, or about other steps. */
export function isNewVersion(context: RolloutContext): boolean {
  const { status, canaryHash, stepsHash } = context;
  return status.currentPodHash !== canaryHash || status.currentStepHash !== stepsHash;
}

/**
 * The pass that begins an update: makes the ReplicaSet, numbers the revision and stores that everything starts anew. It scales nothing and
 * switches nothing: that is for the next pass, which sees the new status stored (so replicas and template may change in one edit,
 * rollout-core 10 #8).
 *
 * Semantics: rollout-core 2.2, 2.7, 3.6 A. Differs: one pass and one status write where upstream takes three.
 */
export function planNewVersion(context: RolloutContext): RolloutPlan {
  const isOnlySteps = context.status.currentPodHash === context.canaryHash;
  return {
    reason: isOnlySteps ? 'StepsRestarting' : 'UpdateStarting',
    awaited: { message: isOnlySteps ? 'the steps were edited and start again' : `revision ${context.revision} is being started` },
    actions: [...ensureReplicaSet(context, true), ...numberRollout(context, true)],
    ...begin(context),
    errors: [],
    need: mayBeKnown(context) ? ['defaultedTemplate'] : [],
  };
}

/**
 * Whether a ReplicaSet that runs the same images could be the one wanted, were it not for defaults that only this API server knows: then the
 * server is asked before a revision is made that differs in nothing (I8). A new image is a new version without asking.
 */
function mayBeKnown({ canary, owned, seen }: RolloutContext): boolean {
  const images = imagesOf(templateOf(seen));
  return canary === undefined && seen.live.defaultedTemplate === undefined && owned.some((rs) => isEqual(imagesOf(rs.template), images));
}

function imagesOf(template: JsonObject | undefined): readonly unknown[] {
  return objectsOf(fieldOf(fieldOf(template, 'spec'), 'containers')).map((container) => [container['name'], container['image']]);
}

function begin(context: RolloutContext): { readonly next: Lifecycle; readonly transitions: Advance['transitions'] } {
  const { life, transitions } = context.spec.strategy.kind === 'canary' ? beginCanary(context) : beginBlueGreen(context);
  return { next: life, transitions };
}

function reset(context: RolloutContext): Advance {
  const life = lifecycleOf(context.status);
  const keepsAbort = life.abort && life.abortedHash === context.canaryHash;
  const next: Partial<Lifecycle> = {
    ...cleared,
    currentPodHash: context.canaryHash,
    currentStepHash: context.stepsHash,
    stepIndex: undefined,
    restartedAt: context.spec.restartAt,
    previewCheckpoint: false,
    preRun: undefined,
    postRun: undefined,
    // Weights of a router that the strategy no longer has would keep ReplicaSets alive (rollout-core 10 #27).
    ...(context.spec.strategy.kind === 'canary'
      ? { activeSelector: '', previewSelector: '' }
      : { weights: undefined, stablePingPong: undefined }),
    ...(keepsAbort ? { abort: true, abortedAt: context.seen.now } : {}),
  };
  const started = change({ life, transitions: [] }, next, { kind: 'updateStarted' });
  return keepsAbort ? change(started, {}, { kind: 'aborted', cause: undefined }) : started;
}

function beginCanary(context: RolloutContext): Advance {
  const { spec } = context;
  const started = reset(context);
  if (spec.strategy.kind !== 'canary') return started;
  const steps = stepCount(context);
  const [first, end] = steps === 0 ? [undefined, undefined] : [0, steps];
  if (started.life.stableRS === '') return promote(started, context, end, 'Initial deploy');
  if (started.life.stableRS === context.canaryHash) return skip(started, end, 'stable');
  if (isInRollbackWindow(context) && (context.canary?.replicas ?? 0) > 0) return skip(started, end, 'window');
  const atStart = change(started, { stepIndex: first });
  if (atStart.life.abort) return atStart;
  return settleRuns(settlePause(atStart, context, spec.strategy), context, spec.strategy, false);
}

function beginBlueGreen(context: RolloutContext): Advance {
  const started = change(reset(context), { fastTrack: isStillLingering(context) });
  return started.life.stableRS === '' ? promote(started, context, undefined, 'Initial deploy') : started;
}

function skip(advance: Advance, end: number | undefined, target: 'stable' | 'window'): Advance {
  return end === undefined ? change(advance, { stepIndex: end }) : change(advance, { stepIndex: end }, { kind: 'stepsSkipped', target });
}

/**
 * Makes the ReplicaSet of the template, or gives the one there is its new revision.
 * @param gates whether the status must wait for it
 */
export function ensureReplicaSet(context: RolloutContext, gates: boolean): readonly RolloutAction[] {
  const { canary, revision } = context;
  if (canary === undefined)
    return [{ kind: 'createReplicaSet', object: renderReplicaSet(context), name: replicaSetName(context), revision, safe: false, gates }];
  return updateOf(canary, { annotations: revisionAnnotations(context) }, { gates });
}

/** The revision goes up only; the one before is kept in the history. */
function revisionAnnotations(context: RolloutContext): Readonly<Record<string, string>> {
  const { canary, revision } = context;
  if (canary === undefined || canary.revision >= revision) return copiedAnnotations(context);
  const earlier = canary.revision === 0 ? {} : { [keys.revisionHistory]: appendRevision(canary) };
  return { ...copiedAnnotations(context), [keys.revision]: String(revision), ...earlier };
}

/** Somebody who goes back and forth for years must not fill the object: the first revision and the latest ones are kept. */
const longestHistory = 50;

function appendRevision({ metadata, revision }: ReplicaSet): string {
  const earlier = (metadata.annotations?.[keys.revisionHistory] ?? '').split(',').filter((each) => each !== '');
  const all = [...earlier, String(revision)];
  return (all.length <= longestHistory ? all : [...all.slice(0, 1), ...all.slice(1 - longestHistory)]).join(',');
}

/** The Rollout's own revision annotation, and the default of spec.replicas, in one write. */
export function numberRollout(context: RolloutContext, gates: boolean): readonly RolloutAction[] {
  const { rollout, spec, revision } = context;
  const annotations = rollout.metadata.annotations?.[keys.revision] === String(revision) ? {} : { [keys.revision]: String(revision) };
  const replicas = spec.replicas === undefined ? { replicas: 1 } : {};
  if (Object.keys({ ...annotations, ...replicas }).length === 0) return [];
  return [{ kind: 'updateRollout', annotations, ...replicas, safe: false, gates }];
}
