import type { Awaited, PlanReason, RolloutPlan } from './types.js';

/** The part of a plan that says why nothing, or nothing more, happens now. Its texts are stored, so they name no counts. */
export type Explanation = Pick<RolloutPlan, 'reason' | 'awaited' | 'requeueAt'>;

export function waiting(reason: PlanReason, message: string, more: Partial<Awaited> = {}): Explanation {
  return { reason, awaited: { message, ...more } };
}
