import type { EpochMs } from '../../../../lib/scheduler.js';
import { describeBarrier } from '../../../traffic/describe-barrier.js';
import type { RolloutContext } from '../../context.js';
import { waiting, type Explanation } from '../../explanation.js';
import { deadlineAt } from '../../progress.js';
import type { Routing } from './routing.js';

/** Nobody tells us when a data plane has taken over, or endpoints are published. */
const verifyAgainMs = 10_000;
const endpointsAgainMs = 1_000;

/** What traffic waits for: the first thing in the way of the weight, of a Service or of a ReplicaSet's end. */
export function explainTraffic(context: RolloutContext, { view, traffic, services, sizes }: Routing): Explanation | undefined {
  const deadline = deadlineAt(context);
  const unblock = 'kubectl sluice abort brings all traffic back to stable';
  const until = deadline === undefined ? { unblock } : { until: deadline };
  if (traffic.isChanging) return waiting('TrafficShifting', 'the traffic routers are being told the new weights', until);
  const unsettled = view.routers.find(({ upToDate, verified }) => !upToDate || verified === false);
  if (unsettled !== undefined && view.asked !== undefined)
    return waiting('TrafficNotVerified', unsettled.waitingFor ?? `${unsettled.kind} has not taken over the weights yet`, until);
  if (traffic.waits !== 'Clear') return waiting('TrafficWaiting', describeBarrier(traffic.waits, 'the traffic router'), until);
  if (services.waits !== undefined && !context.isFullyPromoted)
    return waiting('ServiceNotSwitched', describeBarrier(services.waits.reason, `Service ${services.waits.service}`), until);
  if (sizes.waits === undefined) return undefined;
  const drained = sizes.waits.until === undefined ? until : { until: sizes.waits.until };
  return waiting('TrafficWaiting', describeBarrier(sizes.waits.reason, sizes.waits.feed ?? sizes.waits.replicaSet), drained);
}

/** When to look again at what wakes nobody. */
export function lookAgainAt({ seen }: RolloutContext, { view, traffic, services, sizes }: Routing): EpochMs | undefined {
  const times = [sizes.until, sizes.waits?.until, services.waits?.until].filter((at) => at !== undefined);
  if (view.routers.some(({ verified }) => verified === false)) times.push(seen.now + verifyAgainMs);
  if (traffic.waits === 'CanaryNotPublished' || (traffic.needsEndpoints && traffic.waits !== 'Clear'))
    times.push(seen.now + endpointsAgainMs);
  if (traffic.waits === 'StableNotAvailable' && seen.live.endpoints !== undefined) times.push(seen.now + endpointsAgainMs);
  return times.length === 0 ? undefined : Math.min(...times);
}
