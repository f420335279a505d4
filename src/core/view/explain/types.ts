import type { EpochMs } from '../../../lib/scheduler.js';
import type { RolloutPlan } from '../../rollout/types.js';
import type { RolloutObjects } from '../rollout-view.js';

export interface ExplainInput extends RolloutObjects {
  /** What the controller would do now, from the same world; undefined where it cannot be told (no permission for what it looks at). */
  readonly plan?: RolloutPlan;
  /** The latest warnings about the rollout and what it owns, newest first. */
  readonly warnings: readonly WarningView[];
}

export interface WarningView {
  /** `Pod/web-1`. */
  readonly object: string;
  readonly reason: string;
  readonly message: string;
  readonly at: EpochMs;
  readonly count: number;
}
