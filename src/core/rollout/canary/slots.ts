import type { CanaryStrategy, ExperimentStep } from '../../../api/rollout-types.js';
import type { RunSlot } from '../runs.js';
import { partOf } from './weight.js';

/** What the analysis of a step runs; undefined when the step is none, or names no template and so never makes a run. */
export function stepSlot(strategy: CanaryStrategy, index: number): RunSlot | undefined {
  const analysis = partOf(strategy.steps[index], 'analysis');
  if (analysis === undefined || analysis.templates.length === 0) return undefined;
  return { type: 'Step', analysis, stepIndex: index, path: `spec.strategy.canary.steps[${index}].analysis` };
}

/** What an experiment step asks for. */
export function experimentStep(strategy: CanaryStrategy, index: number): ExperimentStep | undefined {
  return partOf(strategy.steps[index], 'experiment');
}

export function backgroundSlot(strategy: CanaryStrategy): RunSlot | undefined {
  const { analysis } = strategy;
  if (analysis === undefined || analysis.templates.length === 0) return undefined;
  return { type: 'Background', analysis, path: 'spec.strategy.canary.analysis' };
}
