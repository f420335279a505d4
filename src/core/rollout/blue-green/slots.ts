import type { BlueGreenStrategy, RolloutAnalysis } from '../../../api/rollout-types.js';
import type { RunSlot } from '../runs.js';

export function preSlot(strategy: BlueGreenStrategy): RunSlot | undefined {
  return slot('PrePromotion', strategy.prePromotionAnalysis, 'spec.strategy.blueGreen.prePromotionAnalysis');
}

export function postSlot(strategy: BlueGreenStrategy): RunSlot | undefined {
  return slot('PostPromotion', strategy.postPromotionAnalysis, 'spec.strategy.blueGreen.postPromotionAnalysis');
}

function slot(type: RunSlot['type'], analysis: RolloutAnalysis | undefined, path: string): RunSlot | undefined {
  return analysis === undefined || analysis.templates.length === 0 ? undefined : { type, analysis, path };
}
