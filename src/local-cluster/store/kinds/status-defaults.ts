import type { Draft } from '../json.js';
import { recordAt, recordsAt, setDefault, textAt } from '../json.js';

/* What Go writes into a status that nobody put there. Semantics: Kubernetes, core/v1 and apps/v1 as JSON, 1.35. */

/** Times of conditions are no pointers: an absent one is written as null. */
export function stampConditions(...times: readonly string[]): (draft: Draft) => void {
  return (draft) => {
    for (const condition of recordsAt(draft, 'status', 'conditions'))
      for (const time of times) if (condition[time] === undefined) condition[time] = null;
  };
}

/** A pod's one address is also the first of its addresses. */
export function stampPodStatus(draft: Draft): void {
  stampConditions('lastProbeTime', 'lastTransitionTime')(draft);
  const status = recordAt(draft, 'status');
  const ip = textAt(status, 'podIP');
  if (ip !== undefined && ip !== '') setDefault(status, 'podIPs', [{ ip }]);
  const hostIp = textAt(status, 'hostIP');
  if (hostIp !== undefined && hostIp !== '') setDefault(status, 'hostIPs', [{ ip: hostIp }]);
}
