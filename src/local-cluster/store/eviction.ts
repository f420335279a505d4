import type { KubeObject } from '../../api/kube.js';
import { selectorMatches } from '../../lib/label-selector.js';
import { renderWholeSeconds } from '../../lib/time.js';
import { ensureRecord, numberAt, recordsAt, textAt } from './json.js';
import { moreResources } from './kinds/builtin-kinds.js';
import { selectorOf } from './selectors.js';
import type { State } from './state.js';
import { internalError, tooManyRequests } from './status-error.js';
import type { Writer } from './writer.js';

/**
 * Takes one disruption from the budget that covers a pod; none covers it: nothing to do.
 * @throws StatusError 429 when the budget has none left; 500 when several budgets cover the pod
 * Semantics: Kubernetes, pods/eviction, 1.35.
 */
export function spendDisruption(state: State, writer: Writer, pod: KubeObject, at: number): void {
  if (isFinished(pod)) return;
  const kind = state.kinds.get(moreResources.podDisruptionBudgets);
  const [budget, another] = state.list(kind, pod.metadata.namespace ?? '').filter((each) => covers(each, pod));
  if (budget === undefined) return;
  if (another !== undefined)
    throw internalError('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
  if (!isReady(pod) && mayGoUnready(budget)) return;
  requireBudget(budget);
  writer.amend(kind, budget, (draft) => {
    const status = ensureRecord(draft, 'status');
    status['disruptionsAllowed'] = (numberAt(budget, 'status', 'disruptionsAllowed') ?? 0) - 1;
    ensureRecord(status, 'disruptedPods')[pod.metadata.name] = renderWholeSeconds(at);
  });
}

function covers(budget: KubeObject, pod: KubeObject): boolean {
  const selector = selectorOf(budget.spec?.['selector']);
  return selector !== undefined && selectorMatches(selector, pod.metadata.labels);
}

function requireBudget(budget: KubeObject): void {
  const observed = numberAt(budget, 'status', 'observedGeneration') ?? 0;
  const { name } = budget.metadata;
  if (observed < (budget.metadata.generation ?? 0)) {
    throw tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", {
      retryAfterSeconds: 10,
      causes: [{ reason: 'DisruptionBudget', message: `The disruption budget ${name} is still being processed by the server.`, field: '' }],
    });
  }
  if ((numberAt(budget, 'status', 'disruptionsAllowed') ?? 0) > 0) return;
  const desired = numberAt(budget, 'status', 'desiredHealthy') ?? 0;
  const current = numberAt(budget, 'status', 'currentHealthy') ?? 0;
  throw tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [
      {
        reason: 'DisruptionBudget',
        message: `The disruption budget ${name} needs ${desired} healthy pods and has ${current} currently`,
        field: '',
      },
    ],
  });
}

/** A pod that serves nobody may go when enough others do, or always where the budget says so. */
function mayGoUnready(budget: KubeObject): boolean {
  if (textAt(budget, 'spec', 'unhealthyPodEvictionPolicy') === 'AlwaysAllow') return true;
  const desired = numberAt(budget, 'status', 'desiredHealthy') ?? 0;
  return desired > 0 && (numberAt(budget, 'status', 'currentHealthy') ?? 0) >= desired;
}

function isReady(pod: KubeObject): boolean {
  return recordsAt(pod, 'status', 'conditions').some((condition) => condition['type'] === 'Ready' && condition['status'] === 'True');
}

function isFinished(pod: KubeObject): boolean {
  const phase = textAt(pod, 'status', 'phase');
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined;
}
