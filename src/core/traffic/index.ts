/**
 * Traffic, decided: which split a Rollout wants, and the barrier that says how much of it may happen now.
 *
 * One pass of a plan asks in this order, each question with the observation of that pass:
 *
 * 1. `wantedWeight`: which canary weight the state of the Rollout asks for (traffic 1.4).
 * 2. `foldManagedRoutes`: which header and mirror routes its steps have asked for so far (traffic 1.13 #4).
 * 3. `assessWeight`: which weight may be set now. A raise waits for the canary's pods, a fall moves what stable can take.
 *    Header and mirror routes exist only where both `WantedWeight.routes` and `WeightAnswer.mayPin` say so.
 * 4. `planSplit`: the split to apply, whose weights add up (I10).
 * 5. `assessSwitch`: whether a Service may move its selector, or an Istio subset its hash (a subset is a Service in all but name).
 * 6. `assessShrink`: to how many pods a ReplicaSet may shrink. Growing needs no question.
 *
 * What a caller must keep from pass to pass, in the cluster (I6):
 * - since when each router's declaration has been settled and unchanged. It starts anew whenever the split asked for changes, or a pass finds the
 *   router unsettled. Unknown counts as just now: every wait begins again, which is safe;
 * - for each ReplicaSet when a Service or a subset last left it. Until the drain time has passed it has one more feed, of weight 0, settled since
 *   then; and as `alsoServes` of a Service that is to come back to it everything counts, maxWeight.
 *
 * Promotion in this order loses no request: weight to all, settle, drain, stable Service to the new version, its endpoints published, weight 0,
 * settle, drain, old version to 0. An abort: weight down as far as stable bears, settle, drain, canary Service to stable, canary to 0. A third
 * version: weight 0, settle, drain, canary Service to the third, second to 0. What differs between them is only what is wanted, not the barrier.
 */
export {
  assessShrink,
  assessSwitch,
  assessWeight,
  type BarrierReason,
  type Capacity,
  type ShrinkAnswer,
  type ShrinkQuestion,
  type SwitchAnswer,
  type SwitchQuestion,
  type WeightAnswer,
  type WeightQuestion,
} from './barrier.js';
export { describeBarrier } from './describe-barrier.js';
export { canaryRange, routerFeeds, settlementOf, type Feed, type Settlement, type SidesServed } from './feeds.js';
export { foldManagedRoutes, noManagedRoutes, type ManagedRoutes } from './managed-routes.js';
export { planSplit, type SplitParts } from './split.js';
export type { HeaderRoute, MirrorRoute, ObservedTraffic, RouterKind, TrafficSplit, WeightRange } from './types.js';
export { abortWeight, wantedWeight, type WantedWeight, type WeightFacts, type WeightRule } from './wanted-weight.js';
