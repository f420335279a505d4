import { RE2JS } from 're2js';
import type { DryRunRule, RetentionRule } from '../../api/analysis-types.js';
import type { Parsed } from '../../lib/parsed.js';
import { parsed, refused } from '../../lib/parsed.js';

const noMatch = "Rule didn't match any metric name(s)";

/**
 * Names of the metrics that run dry.
 *
 * @returns refused when a rule matches no name or is no RE2 expression
 * Semantics: Argo Rollouts, analysis 2.9: unanchored RE2.
 */
export function dryRunMetrics(rules: readonly DryRunRule[], names: readonly string[]): Parsed<ReadonlySet<string>> {
  const dry = new Set<string>();
  for (const [index, rule] of rules.entries()) {
    const matched = matching(rule.metricName, names);
    if (matched.length === 0) return refused(`dryRun[${index}]: ${noMatch}`);
    matched.forEach((name) => dry.add(name));
  }
  return parsed(dry);
}

/**
 * How many measurements to keep, by metric name: the limit of the last rule that matches.
 *
 * @returns metrics without a rule are absent; refused as for dryRunMetrics
 * Semantics: Argo Rollouts, analysis 2.10.
 */
export function retentionLimits(rules: readonly RetentionRule[], names: readonly string[]): Parsed<ReadonlyMap<string, number>> {
  const limits = new Map<string, number>();
  for (const [index, rule] of rules.entries()) {
    const matched = matching(rule.metricName, names);
    if (matched.length === 0) return refused(`measurementRetention[${index}]: ${noMatch}`);
    matched.forEach((name) => limits.set(name, rule.limit));
  }
  return parsed(limits);
}

function matching(pattern: string, names: readonly string[]): readonly string[] {
  try {
    const regex = RE2JS.compile(pattern);
    return names.filter((name) => regex.matcher(name).find());
  } catch {
    // An invalid expression matches nothing, as upstream has it ("*" is a popular one).
    return [];
  }
}
