import type { Measurement, MetricResult } from '../../api/analysis-types.js';

const defaultKept = 10;

export interface Trimmed {
  readonly result: MetricResult;
  readonly removed: readonly Measurement[];
}

/**
 * Keeps the newest measurements of a metric. 12 measurements, limit 3: the last 3. A limit of 0 or less means 10.
 *
 * Semantics: Argo Rollouts, analysis 2.10. Differs: always applied, also when the provider cannot be built
 * (argo-rollouts#3259: a status of 58,225 lines).
 */
export function trimMeasurements(result: MetricResult, limit: number | undefined): Trimmed {
  const kept = limit !== undefined && limit > 0 ? limit : defaultKept;
  const surplus = result.measurements.length - kept;
  if (surplus <= 0) return { result, removed: [] };
  return {
    result: { ...result, measurements: result.measurements.slice(surplus) },
    removed: result.measurements.slice(0, surplus),
  };
}
