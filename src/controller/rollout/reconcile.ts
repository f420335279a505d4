import { keys, resources, type KubeObject } from '../../api/kube.js';
import { parseService } from '../../api/index.js';
import type { Cluster, ObjectRef } from '../../cluster/cluster.js';
import { planRollout } from '../../core/rollout/plan.js';
import { planStatusWrite } from '../../core/rollout/status-write.js';
import { planStatus } from '../../core/rollout/status.js';
import type { ObservedRollout, Outcome, RolloutEvent, RolloutPlan } from '../../core/rollout/types.js';
import { ControllerError, hasCode } from '../../lib/errors.js';
import type { EpochMs, Scheduler } from '../../lib/scheduler.js';
import { answerNeeds, by, observeRollout, type RolloutSources } from '../../observe/index.js';
import type { WorkQueue } from '../../runtime/types.js';
import { applyPlan, isExpected } from './apply.js';
import type { RolloutTraffic } from './traffic.js';

/** Writes a Kubernetes Event about a Rollout. Must not throw. */
export type RecordEvent = (about: KubeObject, event: RolloutEvent) => void;

export interface RolloutDeps {
  readonly sources: RolloutSources;
  /** Writes; its answers are laid over the sources, which wakes the key again. */
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  readonly queue: WorkQueue;
  readonly recordEvent: RecordEvent;
  /** Absent: no Rollout may name a traffic router. */
  readonly traffic?: RolloutTraffic;
  /** Told of each plan that does something. */
  readonly onPlan?: (key: string, plan: RolloutPlan, outcomes: readonly Outcome[]) => void;
  /** What this process remembers of Rollouts, by key: decides nothing. */
  readonly memory: Map<string, Memory>;
}

export interface Memory {
  /** To tell of a deletion, events need the object that is gone. */
  readonly raw: KubeObject;
  /** When this process last wrote the status: spaces out writes of counters. */
  readonly writtenAt?: EpochMs;
}

/** Observe, plan, apply, then the status by what really happened. */
export async function reconcileRollout(key: string, deps: RolloutDeps, signal: AbortSignal): Promise<void> {
  const local = observe(key, deps);
  if (local === undefined) {
    await releaseRoutersOf(key, deps, signal);
    tellDeletion(key, deps);
    await releaseServicesOf(key, deps, signal);
    return;
  }
  deps.memory.set(key, { ...deps.memory.get(key), raw: local.rollout.raw });
  const observed = await withTraffic(local, deps, signal);
  const { seen, plan } = await decide(observed, deps, signal);
  const outcomes = await applyPlan(seen, plan.actions, deps.cluster, signal, deps.traffic);
  if (plan.reason === 'Deleting') return;
  deps.onPlan?.(key, plan, outcomes);
  const { status, actionEvents, statusEvents } = planStatus(seen, plan, outcomes);
  for (const event of actionEvents) deps.recordEvent(seen.rollout.raw, event);
  const write = planStatusWrite(seen, status);
  if (write.patch !== undefined) await writeStatus(key, seen, write.patch, outcomes, deps, signal);
  for (const event of write.patch === undefined ? [] : statusEvents) deps.recordEvent(seen.rollout.raw, event);
  if (write.postponedUntil !== undefined) deps.queue.addAt(key, write.postponedUntil);
  if (plan.requeueAt !== undefined) deps.queue.addAt(key, plan.requeueAt);
  // A kind that is installed, or a permission that is given, wakes nobody.
  if ((seen.traffic?.errors.length ?? 0) > 0) deps.queue.addAt(key, seen.now + routersAgainMs);
  complain(outcomes);
}

function tellDeletion(key: string, { memory, recordEvent }: RolloutDeps): void {
  const raw = memory.get(key)?.raw;
  if (raw === undefined) return;
  memory.delete(key);
  const { namespace, name } = raw.metadata;
  recordEvent(raw, { type: 'Normal', reason: 'RolloutDeleted', message: `Rollout ${name}/${namespace ?? ''} is deleted.` });
}

function observe(key: string, { sources, scheduler, memory }: RolloutDeps): ObservedRollout | undefined {
  const at = memory.get(key)?.writtenAt;
  return observeRollout(key, sources, { now: scheduler.now(), ...(at === undefined ? {} : { statusWrittenAt: at }) });
}

const routersAgainMs = 60_000;

async function withTraffic(local: ObservedRollout, { traffic }: RolloutDeps, signal: AbortSignal): Promise<ObservedRollout> {
  const isLeaving = local.rollout.metadata.deletionTimestamp !== undefined;
  if (traffic === undefined) return withoutRouters(local);
  const seen = isLeaving ? undefined : await traffic.observe(local.rollout, signal);
  return seen === undefined ? local : { ...local, traffic: seen };
}

/** Acting on half of a strategy could send traffic where nobody asked for it. */
function withoutRouters(local: ObservedRollout): ObservedRollout {
  const { strategy } = local.rollout.spec;
  if (strategy.kind !== 'canary' || strategy.trafficRouting === undefined) return local;
  const detail = 'this controller was started without traffic routers';
  return { ...local, traffic: { routers: [], errors: [{ path: 'spec.strategy.canary.trafficRouting', kind: 'internal', detail }] } };
}

/** Only who has seen the Rollout knows which routes it had; what a router made is owned by the Rollout and goes with it in any case. */
async function releaseRoutersOf(key: string, { memory, traffic }: RolloutDeps, signal: AbortSignal): Promise<void> {
  const raw = memory.get(key)?.raw;
  if (raw !== undefined) await traffic?.removeAll(raw, signal);
}

async function decide(
  observed: ObservedRollout,
  deps: RolloutDeps,
  signal: AbortSignal,
): Promise<{ readonly seen: ObservedRollout; readonly plan: RolloutPlan }> {
  const first = planRollout(observed);
  if (first.need.length === 0) return { seen: observed, plan: first };
  const seen = { ...observed, live: await answerNeeds(observed, first.need, deps.cluster, signal) };
  return { seen, plan: planRollout(seen) };
}

async function writeStatus(
  key: string,
  seen: ObservedRollout,
  status: Readonly<Record<string, unknown>>,
  outcomes: readonly Outcome[],
  deps: RolloutDeps,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = seen.rollout.metadata;
  const ref: ObjectRef = { resource: resources.rollouts, name, ...(namespace === undefined ? {} : { namespace }) };
  const body = { metadata: { resourceVersion: versionAfter(seen, outcomes) }, status };
  await deps.cluster.patch(ref, { kind: 'merge', body }, { subresource: 'status', signal });
  deps.memory.set(key, { raw: seen.rollout.raw, writtenAt: deps.scheduler.now() });
}

/** Our own write to the Rollout in this pass was made at the version seen, so the version it left is as good. */
function versionAfter(seen: ObservedRollout, outcomes: readonly Outcome[]): string {
  const own = outcomes.findLast((each) => each.action.kind === 'updateRollout' && each.result === 'done');
  return (own?.result === 'done' ? own.object?.metadata.resourceVersion : undefined) ?? seen.rollout.metadata.resourceVersion;
}

/** The first failure goes to the worker, which logs it and comes back after a while. */
function complain(outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) {
    if (outcome.result !== 'failed' || isExpected(outcome)) continue;
    const { action, code, message } = outcome;
    // Outcomes carry the code of the ControllerError they were made of.
    throw new ControllerError(code as ControllerError['code'], message, { action: action.kind });
  }
}

/** A Rollout that is gone leaves no selector behind that pins a Service to pods which are going. Semantics: rollout-core 6.2 */
async function releaseServicesOf(key: string, deps: RolloutDeps, signal: AbortSignal): Promise<void> {
  for (const raw of deps.sources.services.byIndex(by.manager, key)) {
    const { metadata } = parseService(raw);
    const body = {
      metadata: { resourceVersion: metadata.resourceVersion, annotations: { [keys.managedBy]: null } },
      spec: { selector: { [keys.podTemplateHash]: null } },
    };
    const ref: ObjectRef = {
      resource: resources.services,
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    };
    try {
      await deps.cluster.patch(ref, { kind: 'merge', body }, { signal });
    } catch (error) {
      if (!hasCode(error, 'not-found')) throw error;
    }
  }
}
