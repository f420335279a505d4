import type { KubeObject, NewObject, Resource } from '../../api/kube.js';
import { controllerOf, resources } from '../../api/kube.js';
import { isEqual } from '../../lib/equal.js';
import { selectorMatches } from '../../lib/label-selector.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime } from '../../lib/time.js';
import type { Informer } from '../../runtime/index.js';
import { moreResources } from '../store/kinds/builtin-kinds.js';
import type { Draft } from '../store/json.js';
import { at, numberAt, stringsAt } from '../store/json.js';
import { selectorOf } from '../store/selectors.js';
import { podsOf } from './int-or-percent.js';
import type { Kit, Running, StandInOptions } from './kit.js';
import { isActive, keyOf, readySince, runStandIn, splitKey, stampCondition } from './kit.js';

/** How long an eviction that has not been seen yet counts. */
const evictionMemoryMs = 120_000;

/** A stand-in for the disruption controller. Semantics: Kubernetes, kube-controller-manager, 1.35. */
export function startDisruptionBudgets(options: StandInOptions): Running {
  return runStandIn('disruption-controller', options, (kit) => {
    const controller = new DisruptionBudgets(kit);
    return (key) => controller.reconcile(key);
  });
}

class DisruptionBudgets {
  readonly #budgets: Informer;
  readonly #pods: Informer;

  constructor(private readonly kit: Kit) {
    const { informers, queue } = kit;
    this.#budgets = informers.informer({ resource: moreResources.podDisruptionBudgets });
    this.#pods = informers.informer({ resource: resources.pods });
    this.#budgets.onChange(({ after }) => after && queue.add(keyOf(after)));
    this.#pods.onChange(({ before, after }) => {
      const namespace = (after ?? before)?.metadata.namespace;
      for (const budget of this.#budgets.list(namespace)) queue.add(keyOf(budget));
    });
  }

  async reconcile(key: string): Promise<void> {
    const { namespace, name } = splitKey(key);
    const budget = this.#budgets.get(namespace, name);
    if (!budget) return;
    const selector = selectorOf(at(budget, 'spec', 'selector'));
    const pods = this.#pods
      .list(namespace)
      .filter((pod) => selector !== undefined && selectorMatches(selector, pod.metadata.labels) && isActive(pod));
    const status = statusOf(budget, pods, await this.#expected(budget, pods), this.kit.now());
    if (isEqual(status, budget.status)) return;
    const object: NewObject = { ...budget, status };
    await this.kit.cluster.replace({ resource: moreResources.podDisruptionBudgets, namespace, name }, object, { subresource: 'status' });
  }

  /** Percentages and maxUnavailable are of what the pods' owners want, not of what there happens to be. */
  async #expected(budget: KubeObject, pods: readonly KubeObject[]): Promise<number> {
    const minAvailable = at(budget, 'spec', 'minAvailable');
    if (typeof minAvailable === 'number') return pods.length;
    const owners = new Map<string, number>();
    for (const pod of pods) {
      const owner = await this.#scaleOf(pod);
      if (owner) owners.set(owner.uid, owner.replicas);
    }
    return [...owners.values()].reduce((sum, replicas) => sum + replicas, 0);
  }

  async #scaleOf(pod: KubeObject): Promise<{ readonly uid: string; readonly replicas: number } | undefined> {
    const namespace = pod.metadata.namespace ?? 'default';
    let owner = controllerOf(pod.metadata);
    let scaled: KubeObject | undefined;
    for (let depth = 0; owner !== undefined && depth < 3; depth++) {
      const resource = scalable[owner.kind];
      if (resource === undefined) break;
      scaled = await this.kit.cluster.get({ resource, namespace, name: owner.name });
      owner = controllerOf(scaled.metadata);
    }
    return scaled && { uid: scaled.metadata.uid, replicas: numberAt(scaled, 'spec', 'replicas') ?? 1 };
  }
}

const scalable: Readonly<Record<string, Resource>> = {
  ReplicaSet: resources.replicaSets,
  Deployment: resources.deployments,
  Rollout: resources.rollouts,
};

function statusOf(budget: KubeObject, pods: readonly KubeObject[], expected: number, now: EpochMs): Draft {
  const desired = desiredHealthy(budget, expected);
  const disrupted = Object.entries(stringsAt(budget, 'status', 'disruptedPods')).filter(
    ([name, since]) => pods.some((pod) => pod.metadata.name === name) && now - (parseTime(since) ?? 0) < evictionMemoryMs,
  );
  const healthy = pods.filter((pod) => readySince(pod) !== undefined && !disrupted.some(([name]) => name === pod.metadata.name)).length;
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
  const reason = allowed > 0 ? 'SufficientPods' : 'InsufficientPods';
  return {
    ...(disrupted.length > 0 ? { disruptedPods: Object.fromEntries(disrupted) } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    observedGeneration: budget.metadata.generation ?? 0,
    conditions: [
      {
        ...stampCondition(budget, { type: 'DisruptionAllowed', status: allowed > 0 ? 'True' : 'False', reason, message: '' }, now),
        observedGeneration: budget.metadata.generation ?? 0,
      },
    ],
  };
}

function desiredHealthy(budget: KubeObject, expected: number): number {
  const most = at(budget, 'spec', 'maxUnavailable');
  if (most !== undefined) return Math.max(0, expected - podsOf(most, expected, 'up'));
  return podsOf(at(budget, 'spec', 'minAvailable') ?? 1, expected, 'up');
}
