import { selectorFrom, selectorMatches } from '../lib/label-selector.js';
import { invalid, required } from './field-error.js';
import { Findings } from './findings.js';
import type { JsonObject } from './kube.js';
import { Reader } from './reader.js';
import type { LabelSelector, Rollout, WorkloadRef } from './rollout-types.js';
import { validatePodTemplate } from './validate-pod-template.js';
import { validateLabelSelector } from './validate-selector.js';
import { validateStrategy } from './validate-strategy.js';
import type { FieldError } from './workload-types.js';

/** What a workload reference was resolved to. */
export interface ResolvedWorkload {
  readonly template: JsonObject;
  /** Absent for a PodTemplate, which has none. */
  readonly selector?: LabelSelector;
}

/**
 * Every rule of rollout-core 8 that needs no other object, in upstream's order and words. Users are shown the first error.
 *
 * @param parseErrors what parseRollout found; taken over where the rule for the field stands
 * @param workload    for a Rollout with a workload reference; without it selector and template are not judged
 * Differs from Argo Rollouts: what can only do harm is refused too (negative delays and counts, unknown routers, thresholds of an unknown type,
 * experiments with a template name twice), and a template that is missing altogether is called that.
 */
export function validateRollout(rollout: Rollout, parseErrors: readonly FieldError[], workload?: ResolvedWorkload): readonly FieldError[] {
  const findings = new Findings(parseErrors);
  validateWorkloadRef(rollout, findings);
  findings.claim('spec.replicas');
  validateSelector(rollout, workload, findings);
  findings.claim('spec.minReadySeconds');
  findings.claim('spec.revisionHistoryLimit');
  validateDeadline(rollout, findings);
  validateStrategy(rollout, findings);
  return findings.all();
}

function validateWorkloadRef({ spec }: Rollout, findings: Findings): void {
  if (findings.claim('spec.workloadRef') || spec.workloadRef === undefined) return;
  const [group, kind] = kindOf(spec.workloadRef);
  const detail = `workload of type ${group}/${kind} is not supported`;
  if (!isSupported(group, kind)) findings.add({ path: '', kind: 'internal', detail });
  else if (spec.workloadRef.name === '') findings.add(required('spec.workloadRef.name'));
  if (hasLabelsOrAnnotations(spec.template)) {
    findings.add({ path: '', kind: 'internal', detail: 'template must be empty for workload reference rollout' });
  }
}

function kindOf(ref: WorkloadRef): readonly [group: string, kind: string] {
  const slash = ref.apiVersion.indexOf('/');
  return [slash < 0 ? '' : ref.apiVersion.slice(0, slash), ref.kind];
}

function isSupported(group: string, kind: string): boolean {
  return (group === 'apps' && (kind === 'Deployment' || kind === 'ReplicaSet')) || (group === '' && kind === 'PodTemplate');
}

/** Only these two are looked at, as upstream does. */
function hasLabelsOrAnnotations(template: JsonObject | undefined): boolean {
  const metadata = Reader.lenient(template).objectOrEmpty('metadata');
  return ['labels', 'annotations'].some((key) => metadata.objectOrEmpty(key).keys.length > 0);
}

function validateSelector({ spec }: Rollout, workload: ResolvedWorkload | undefined, findings: Findings): void {
  const isReferred = spec.workloadRef !== undefined;
  const selector = spec.selector ?? workload?.selector;
  if (!findings.claim('spec.selector')) findings.add(...selectorErrors(selector, isReferred));
  const template = isReferred ? workload?.template : spec.template;
  if (findings.claim('spec.template')) return;
  if (template !== undefined) validateTemplate(template, selector, spec.replicas ?? 1, findings);
  else if (!isReferred) findings.add(required('spec.template', "Rollout has missing field '.spec.template'"));
}

function selectorErrors(selector: LabelSelector | undefined, isReferred: boolean): readonly FieldError[] {
  if (selector === undefined) return isReferred ? [] : [required('spec.selector', "Rollout has missing field '.spec.selector'")];
  const isEmpty = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
  if (isEmpty) return [invalid('spec.selector', selector, 'empty selector is invalid for deployment')];
  return validateLabelSelector(selector, 'spec.selector');
}

function validateTemplate(template: JsonObject, input: LabelSelector | undefined, replicas: number, findings: Findings): void {
  const labels = Reader.lenient(template).objectOrEmpty('metadata').stringMap('labels');
  const selector = selectorFrom(input ?? {});
  if (selector.ok && !selectorMatches(selector.value, labels)) {
    findings.add(invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`'));
  }
  findings.add(...validatePodTemplate(template, 'spec.template', replicas));
}

function validateDeadline({ spec }: Rollout, findings: Findings): void {
  const path = 'spec.progressDeadlineSeconds';
  const isShort = spec.progressDeadlineSeconds <= spec.minReadySeconds;
  findings.check(path, isShort, () => invalid(path, spec.progressDeadlineSeconds, 'must be greater than minReadySeconds'));
}
