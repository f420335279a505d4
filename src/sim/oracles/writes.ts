import { keys } from '../../api/kube.js';
import type { IntOrPercent, Rollout } from '../../api/rollout-types.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import type { SeenLately } from '../desired-history.js';
import { judgeRoutes } from './routes.js';
import { hashOf, keyOf, lastingPods, ownedBy, sameRollout, type Picture, type Violation, type WriteSeen } from './picture.js';

/**
 * Oracles for single writes of the controller: I1, I2, I3, I4, I5, I10, I11 of the design. I1, I2 and I5 judge the write, not the world:
 * it may not take the quantity out of its bound, nor make it worse while something else has already put it out.
 */
export type WriteOracle = (write: WriteSeen, desiredRange: DesiredRange) => readonly Violation[];

/** Smallest and largest spec.replicas a pass that led to this write may have observed: a write races with whoever scales. */
export type DesiredRange = (rollout: Rollout) => SeenLately;

export const writeOracles: Readonly<Record<string, WriteOracle>> = {
  'I1 capacity': judgeEach(capacityKept),
  'I2 no live Service without pods': judgeEach(servicesServed),
  'I4 aborted version not scaled up': judgeEach(abortedNotScaledUp),
  'I5 surge': judgeEach(surgeKept),
  'I10 weights add up': judgeEach(weightsAddUp),
  'I3 nothing shrinks below what is sent to it': judgeRoutes,
  'I11 only its own': (write) => onlyItsOwn(write),
};

export function judgeWrite(write: WriteSeen, desired: DesiredRange): readonly Violation[] {
  return Object.values(writeOracles).flatMap((oracle) => oracle(write, desired));
}

interface Step {
  readonly before: Rollout;
  readonly after: Rollout;
  readonly setsBefore: readonly ReplicaSet[];
  readonly setsAfter: readonly ReplicaSet[];
  readonly write: WriteSeen;
  readonly desired: SeenLately;
}

function judgeEach(judge: (step: Step) => string | undefined): WriteOracle {
  const invariant = invariantOf(judge);
  return (write, desired) =>
    write.after.rollouts.flatMap((after) => {
      const before = sameRollout(write.before, after);
      if (!before || after.metadata.deletionTimestamp !== undefined) return [];
      const text = judge({
        before,
        after,
        setsBefore: ownedBy(write.before.replicaSets, before),
        setsAfter: ownedBy(write.after.replicaSets, after),
        write,
        desired: desired(after),
      });
      return text === undefined ? [] : [{ invariant, at: write.after.at, rollout: keyOf(after), text: `${describe(write)}: ${text}` }];
    });
}

function invariantOf(judge: (step: Step) => string | undefined): Violation['invariant'] {
  switch (judge) {
    case capacityKept:
      return 'I1';
    case servicesServed:
      return 'I2';
    case abortedNotScaledUp:
      return 'I4';
    case surgeKept:
      return 'I5';
    default:
      return 'I10';
  }
}

function capacityKept({ setsBefore, setsAfter, after, desired, write }: Step): string | undefined {
  if (after.spec.strategy.kind === 'blueGreen') return activeCapacityKept(write, after, setsBefore, setsAfter, desired.min);
  if (after.spec.strategy.trafficRouting !== undefined) return undefined;
  const floor = Math.max(0, desired.min - unavailablePods(after, desired.min));
  const had = sum(setsBefore.map(lastingPods));
  const has = sum(setsAfter.map(lastingPods));
  return has < had && has < floor ? `available pods that last fall from ${had} to ${has}, the floor is ${floor}` : undefined;
}

/** Blue-green: whoever is active keeps what it has, up to the desired number. */
function activeCapacityKept(
  write: WriteSeen,
  rollout: Rollout,
  setsBefore: readonly ReplicaSet[],
  setsAfter: readonly ReplicaSet[],
  desired: number,
): string | undefined {
  const had = activePods(write.before, rollout, setsBefore);
  const has = activePods(write.after, rollout, setsAfter);
  if (had === undefined || has === undefined || has >= had || has >= desired) return undefined;
  return `available pods behind the active Service fall from ${had} to ${has} of ${desired}`;
}

function activePods(picture: Picture, rollout: Rollout, sets: readonly ReplicaSet[]): number | undefined {
  const { strategy } = rollout.spec;
  if (strategy.kind !== 'blueGreen') return undefined;
  const service = picture.services.find(
    (s) => s.metadata.namespace === rollout.metadata.namespace && s.metadata.name === strategy.activeService,
  );
  const hash = service === undefined ? undefined : hashOf(service);
  if (hash === undefined) return undefined;
  return sum(sets.filter((rs) => rs.hash === hash).map(lastingPods));
}

function servicesServed({ write, after, setsBefore, setsAfter, desired }: Step): string | undefined {
  // Somebody wants no pods at all.
  if (desired.min === 0) return undefined;
  for (const name of liveServices(after)) {
    const had = servedBy(write.before, after, name, setsBefore);
    const has = servedBy(write.after, after, name, setsAfter);
    const isFresh = setsAfter.some((rs) => rs.hash === has?.hash && desired.hadPods(rs.metadata.uid));
    if (has !== undefined && has.pods === 0 && !isFresh && had !== undefined && had.pods > 0) {
      return `Service ${name} served ${had.pods} available pods of ${had.hash} and now 0 of ${has.hash}`;
    }
  }
  return undefined;
}

/** Services users' requests go through. The preview Service is none: it follows the new version from its first moment. */
function liveServices({ spec }: Rollout): readonly string[] {
  const { strategy } = spec;
  if (strategy.kind === 'blueGreen') return [strategy.activeService];
  return [strategy.stableService, strategy.canaryService].filter((s) => s !== undefined);
}

function servedBy(
  picture: Picture,
  rollout: Rollout,
  name: string,
  sets: readonly ReplicaSet[],
): { readonly hash: string; readonly pods: number } | undefined {
  const service = picture.services.find((s) => s.metadata.namespace === rollout.metadata.namespace && s.metadata.name === name);
  const hash = service === undefined ? undefined : hashOf(service);
  if (hash === undefined) return undefined;
  return { hash, pods: sum(sets.filter((rs) => rs.hash === hash).map(lastingPods)) };
}

function abortedNotScaledUp({ before, setsBefore, setsAfter }: Step): string | undefined {
  const { status } = before;
  if (!status.abort || status.promoteFull || status.currentPodHash === status.stableRS || status.currentPodHash === '') return undefined;
  for (const now of setsAfter.filter((rs) => rs.hash === status.currentPodHash)) {
    const was = setsBefore.find((rs) => rs.metadata.uid === now.metadata.uid);
    if (was !== undefined && now.replicas > was.replicas)
      return `${now.metadata.name} is scaled up from ${was.replicas} to ${now.replicas} while aborted`;
  }
  return undefined;
}

function surgeKept({ after, setsBefore, setsAfter, desired }: Step): string | undefined {
  const { strategy } = after.spec;
  if (strategy.kind !== 'canary' || strategy.trafficRouting !== undefined) return undefined;
  const cap = desired.max + surgePods(after, desired.max);
  const had = sum(setsBefore.map((rs) => rs.replicas));
  const has = sum(setsAfter.map((rs) => rs.replicas));
  return has > had && has > cap ? `wanted pods rise from ${had} to ${has}, at most ${cap} are allowed` : undefined;
}

function weightsAddUp({ after }: Step): string | undefined {
  const { weights } = after.status.canary;
  const { strategy } = after.spec;
  if (weights === undefined || strategy.kind !== 'canary') return undefined;
  const max = strategy.trafficRouting?.maxTrafficWeight ?? 100;
  const all = [weights.canary.weight, weights.stable.weight, ...weights.additional.map((a) => a.weight)];
  if (all.some((w) => w < 0 || w > max)) return `a weight is outside 0..${max}: ${all.join(', ')}`;
  return sum(all) === max ? undefined : `weights ${all.join(' + ')} are not ${max}`;
}

/** What the controller may write at all; the rest is not its own. */
const writable: ReadonlySet<string> = new Set([
  'rollouts',
  'replicasets',
  'analysisruns',
  'experiments',
  'services',
  'events',
  'leases',
  'pods',
  'jobs',
  'deployments',
  'ingresses',
  'virtualservices',
  'destinationrules',
  'httproutes',
  'grpcroutes',
  'tcproutes',
  'tlsroutes',
  'trafficsplits',
]);

function onlyItsOwn(write: WriteSeen): readonly Violation[] {
  const found: string[] = [];
  if (!writable.has(write.resource.resource)) found.push(`the controller has nothing to write to ${write.resource.resource}`);
  if (write.resource.resource === 'services') found.push(...foreignServiceFields(write));
  if (write.resource.resource === 'rollouts' && write.subresource === undefined) found.push(...foreignRolloutFields(write));
  if (write.resource.resource === 'replicasets') found.push(...foreignReplicaSet(write));
  return found.map((text) => ({ invariant: 'I11', at: write.after.at, text: `${describe(write)}: ${text}` }));
}

function foreignServiceFields({ before, after, namespace, name, verb }: WriteSeen): readonly string[] {
  if (verb === 'create' || verb === 'delete') return [];
  const was = before.services.find((s) => s.metadata.namespace === namespace && s.metadata.name === name);
  const now = after.services.find((s) => s.metadata.namespace === namespace && s.metadata.name === name);
  if (!was || !now) return [];
  return without(was.raw) === without(now.raw) ? [] : ['changes more of the Service than the hash in its selector and its own annotation'];
}

function foreignRolloutFields({ before, after, namespace, name }: WriteSeen): readonly string[] {
  const of = (picture: Picture): Rollout | undefined =>
    picture.rollouts.find((r) => r.metadata.namespace === namespace && r.metadata.name === name);
  const [was, now] = [of(before), of(after)];
  if (!was || !now) return [];
  const replicasGiven = was.spec.replicas === undefined && now.spec.replicas === 1;
  const spec = (r: Rollout): string => JSON.stringify({ ...r.raw.spec, ...(replicasGiven ? { replicas: 1 } : {}) }, sortedKeys);
  return spec(was) === spec(now) ? [] : ['changes the spec of a Rollout'];
}

function foreignReplicaSet({ before, after, namespace, name, verb }: WriteSeen): readonly string[] {
  if (verb === 'create') return [];
  const was = before.replicaSets.find((rs) => rs.metadata.namespace === namespace && rs.metadata.name === name);
  const now = after.replicaSets.find((rs) => rs.metadata.namespace === namespace && rs.metadata.name === name);
  if (!was) return [];
  const owner = (rs: ReplicaSet | undefined): string | undefined => rs?.metadata.ownerReferences?.find((o) => o.controller === true)?.kind;
  const kinds = [owner(was), owner(now)].filter((k) => k !== undefined);
  return kinds.some((k) => k !== 'Rollout' && k !== 'Experiment') ? [`writes to a ReplicaSet that belongs to a ${kinds.join('/')}`] : [];
}

/** The Service without what a rollout may change on it and what the server counts. */
function without(raw: object): string {
  return JSON.stringify(stripped(raw));
}

const notJudged: ReadonlySet<string> = new Set([keys.podTemplateHash, keys.managedBy, 'resourceVersion', 'managedFields', 'generation']);

/** Sorted, and with maps that are empty after the stripping taken for absent. */
function stripped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value)
    .filter(([key]) => !notJudged.has(key))
    .map(([key, member]) => [key, stripped(member)] as const)
    .filter(([, member]) => !isEmptyMap(member))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function surgePods({ spec }: Rollout, replicas: number): number {
  return spec.strategy.kind === 'canary' ? podsOf(spec.strategy.maxSurge, replicas, Math.ceil) : replicas;
}

/** rollout-core 4.1: at least one when neither may be used; never more than there are. */
export function unavailablePods(rollout: Rollout, replicas: number): number {
  const unavailable = podsOf(rollout.spec.strategy.maxUnavailable, replicas, Math.floor);
  const effective = unavailable === 0 && surgePods(rollout, replicas) === 0 ? 1 : unavailable;
  return Math.min(effective, replicas);
}

function podsOf(value: IntOrPercent, replicas: number, round: (n: number) => number): number {
  return value.kind === 'pods' ? value.pods : round((value.percent * replicas) / 100);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function describe({ verb, resource, name, subresource }: WriteSeen): string {
  return `${verb} ${resource.resource}/${name}${subresource === undefined ? '' : `/${subresource}`}`;
}
