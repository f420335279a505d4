import type { AnalysisTemplate, Argument, DryRunRule, MetricTemplate, RetentionRule, TemplateRef } from '../../api/analysis-types.js';
import { completedPhases } from '../../api/analysis-types.js';
import type { Json, JsonObject, KubeObject, NewObject, OwnerReference } from '../../api/kube.js';
import { apiVersionOf, controllerOf, resources } from '../../api/kube.js';
import type { FieldError } from '../../api/workload-types.js';
import { isEqual } from '../../lib/equal.js';
import type { Parsed } from '../../lib/parsed.js';
import { parsed, refused } from '../../lib/parsed.js';
import { mergeDeclaredArgs, supplyArgs } from './merge-args.js';
import { dryRunMetrics, retentionLimits } from './rules.js';
import type { FindTemplate } from './templates.js';
import { resolveTemplates } from './templates.js';

export interface BuildRunInput {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner: OwnerReference;
  readonly templates: readonly TemplateRef[];
  readonly find: FindTemplate;
  /** What the owner supplies, resolved: see resolveRolloutArguments. */
  readonly args: readonly Argument[];
  readonly dryRun: readonly DryRunRule[];
  readonly measurementRetention: readonly RetentionRule[];
  /** Where the analysis stands in the owner, for errors: `spec.strategy.canary.steps[1].analysis`. */
  readonly path: string;
  /** Inline, pre- and post-promotion runs must end by themselves; background runs need not. */
  readonly mustEnd: boolean;
}

export type BuiltRun = { readonly run: NewObject } | { readonly errors: readonly FieldError[] };

/**
 * The AnalysisRun for one analysis of a Rollout or Experiment: its templates merged, arguments supplied, rules joined.
 * Also the check whether that is possible: nothing is created here.
 *
 * Semantics: Argo Rollouts, analysis 2.8, 5.2.
 */
export function buildAnalysisRun(input: BuildRunInput): BuiltRun {
  const at = `${input.path}.templates`;
  const { templates, errors } = resolveTemplates(input.templates, input.find, at);
  if (errors.length > 0) return { errors };
  const spec = mergeSpec(input, templates);
  if (!spec.ok) return { errors: [problem(at, input.templates, spec.error)] };
  const { labels, annotations } = input;
  return {
    run: {
      apiVersion: apiVersionOf(resources.analysisRuns),
      kind: resources.analysisRuns.kind,
      metadata: {
        name: input.name,
        namespace: input.namespace,
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
        ownerReferences: [input.owner],
      },
      spec: spec.value,
    },
  };
}

function problem(path: string, refs: readonly TemplateRef[], detail: string): FieldError {
  return { path, kind: 'invalid', value: JSON.stringify(refs.map(({ templateName }) => templateName).join(', ')), detail };
}

function mergeSpec(input: BuildRunInput, templates: readonly AnalysisTemplate[]): Parsed<JsonObject> {
  const metrics = templates.flatMap(({ spec }) => spec.metrics);
  const twice = firstRepeated(metrics.map(({ name }) => name));
  if (twice !== undefined) return refused(`two metrics have the same name '${twice}'`);
  const endless = input.mustEnd ? metrics.find(runsIndefinitely) : undefined;
  if (endless !== undefined)
    return refused(`metric '${endless.name}' runs indefinitely. Invalid value for count: ${show(endless.raw['count'])}`);
  const declared = mergeDeclaredArgs(templates.map(({ spec }) => spec.args));
  if (!declared.ok) return declared;
  const args = supplyArgs(declared.value, input.args);
  if (!args.ok) return args;
  const rules = joinRules(input, templates, metrics);
  if (!rules.ok) return rules;
  return parsed({
    metrics: metrics.map(({ raw }) => raw),
    ...(args.value.length > 0 ? { args: args.value.map(renderArgument) } : {}),
    ...rules.value,
  });
}

function joinRules(input: BuildRunInput, templates: readonly AnalysisTemplate[], metrics: readonly MetricTemplate[]): Parsed<JsonObject> {
  const names = metrics.map(({ name }) => name);
  const dryRun = [...input.dryRun, ...templates.flatMap(({ spec }) => spec.dryRun)];
  const twiceDry = firstRepeated(dryRun.map(({ metricName }) => metricName));
  if (twiceDry !== undefined) return refused(`two Dry-Run metric rules have the same name '${twiceDry}'`);
  const retention = [...input.measurementRetention, ...templates.flatMap(({ spec }) => spec.measurementRetention)];
  const twiceKept = firstRepeated(retention.map(({ metricName }) => metricName));
  if (twiceKept !== undefined) return refused(`two Measurement Retention metric rules have the same name '${twiceKept}'`);
  const dry = dryRunMetrics(dryRun, names);
  if (!dry.ok) return dry;
  const kept = retentionLimits(retention, names);
  if (!kept.ok) return kept;
  return parsed({
    ...(dryRun.length > 0 ? { dryRun: dryRun.map(({ metricName }) => ({ metricName })) } : {}),
    ...(retention.length > 0 ? { measurementRetention: retention.map(({ metricName, limit }) => ({ metricName, limit })) } : {}),
  });
}

/** An interval and no count: measured until somebody ends the run. A count that comes from an argument is taken as one. */
function runsIndefinitely({ raw }: MetricTemplate): boolean {
  const { count, interval } = raw;
  const unset = count === undefined || count === null || count === 0 || count === '0' || count === '';
  return unset && typeof interval === 'string' && interval !== '';
}

function show(count: Json | undefined): string {
  return count === undefined ? '<nil>' : JSON.stringify(count);
}

function firstRepeated(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}

function renderArgument({ name, value, secretKeyRef, fieldPath }: Argument): JsonObject {
  const valueFrom = secretKeyRef !== undefined ? { secretKeyRef } : fieldPath !== undefined ? { fieldRef: { fieldPath } } : undefined;
  return { name, ...(value === undefined ? {} : { value }), ...(valueFrom === undefined ? {} : { valueFrom }) };
}

/**
 * Whether a run that exists is the one wanted, so that a create that met it (a crash after an earlier create) may go on with it:
 * not completed, same controller, and a spec that says the same. What an API server added to the spec does not count.
 *
 * Semantics: Argo Rollouts, analysis 2.8. On false the caller tries the next name: runName.
 */
export function sameRun(existing: KubeObject, wanted: NewObject): boolean {
  const owner = wanted.metadata.ownerReferences?.find(({ controller }) => controller === true);
  const phase = existing.status?.['phase'];
  if (typeof phase === 'string' && completedPhases.has(phase)) return false;
  if (owner === undefined || controllerOf(existing.metadata)?.uid !== owner.uid) return false;
  const spec = asObject(wanted['spec']);
  return (
    ['dryRun', 'measurementRetention', 'args'].every((field) => isEqual(existing.spec?.[field] ?? [], spec[field] ?? [])) &&
    sameMetrics(asList(existing.spec?.['metrics']), asList(spec['metrics']))
  );
}

function asObject(value: unknown): JsonObject {
  // Runs come from buildAnalysisRun, whose spec is a JSON object.
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}

function asList(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

/** A server adds defaults inside providers only (analysis 1.1). */
function sameMetrics(existing: readonly JsonObject[], wanted: readonly JsonObject[]): boolean {
  return existing.length === wanted.length && wanted.every((metric, index) => sameMetric(existing[index] ?? {}, metric));
}

function sameMetric(existing: JsonObject, wanted: JsonObject): boolean {
  const { provider: have = null, ...rest } = existing;
  const { provider: want = null, ...others } = wanted;
  return isEqual(rest, others) && says(have, want);
}

/** Everything `wanted` says is also in `existing`; lists have equal length. */
function says(existing: Json, wanted: Json): boolean {
  if (typeof wanted !== 'object' || wanted === null) return existing === wanted;
  if (typeof existing !== 'object' || existing === null || Array.isArray(existing) !== Array.isArray(wanted)) return false;
  const have = Object.entries(existing);
  const want = Object.entries(wanted);
  if (Array.isArray(wanted) && have.length !== want.length) return false;
  const byKey = new Map(have);
  return want.every(([key, value]) => says(byKey.get(key) ?? null, value));
}

/** The name to try when `base` is taken `collisions` times: `base`, `base.1`, `base.2`. Semantics: Argo Rollouts, analysis 2.8. */
export function runName(base: string, collisions: number): string {
  return collisions === 0 ? base : `${base}.${collisions}`;
}
