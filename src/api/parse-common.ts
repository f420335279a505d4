import type { ArgumentInput, DryRunRule, RetentionRule, TemplateRef } from './analysis-types.js';
import type { Reader } from './reader.js';
import { optional } from './reader.js';
import type { Condition, IntOrPercent, LabelSelector, PodMetadata, RolloutAnalysis } from './rollout-types.js';
import { invalid } from './field-error.js';

export function readLabelSelector(reader: Reader | undefined): LabelSelector | undefined {
  if (reader === undefined) return undefined;
  const expressions = reader.list('matchExpressions')?.map((expression) => ({
    key: expression.requiredText('key'),
    operator: expression.requiredText('operator'),
    ...optional('values', expression.strings('values')),
  }));
  return { ...optional('matchLabels', reader.stringMap('matchLabels')), ...optional('matchExpressions', expressions) };
}

export function readPodMetadata(reader: Reader | undefined): PodMetadata | undefined {
  if (reader === undefined) return undefined;
  return { ...optional('labels', reader.stringMap('labels')), ...optional('annotations', reader.stringMap('annotations')) };
}

/** A number of pods, or text that is a percentage with or without its sign (rollout-core 1.5). */
export function readIntOrPercent(reader: Reader, key: string, fallback: IntOrPercent): IntOrPercent {
  const value = reader.value(key);
  if (value === undefined) return fallback;
  if (typeof value !== 'string') {
    const pods = reader.count(key);
    return pods === undefined ? fallback : { kind: 'pods', pods };
  }
  const digits = value.replaceAll('%', '');
  const percent = /^\d{1,9}$/.test(digits) ? Number(digits) : undefined;
  if (percent !== undefined) return { kind: 'percent', percent };
  reader.report(invalid(reader.pathOf(key), value, "must be a number of pods or a percentage, e.g. 1 or '25%'"));
  return fallback;
}

export function readTemplateRefs(reader: Reader): readonly TemplateRef[] {
  return (reader.list('templates') ?? []).map((ref) => ({
    templateName: ref.requiredText('templateName'),
    clusterScope: ref.boolean('clusterScope') ?? false,
  }));
}

export function readDryRun(reader: Reader): readonly DryRunRule[] {
  return (reader.list('dryRun') ?? []).map((rule) => ({ metricName: rule.requiredText('metricName') }));
}

export function readRetention(reader: Reader): readonly RetentionRule[] {
  return (reader.list('measurementRetention') ?? []).map((rule) => ({
    metricName: rule.requiredText('metricName'),
    limit: rule.int('limit') ?? 0,
  }));
}

export function readSecretKeyRef(reader: Reader | undefined): { readonly name: string; readonly key: string } | undefined {
  const ref = reader?.object('secretKeyRef');
  return ref === undefined ? undefined : { name: ref.requiredText('name'), key: ref.requiredText('key') };
}

const podTemplateHashValues = ['Latest', 'Stable'] as const;

export function readArgumentInputs(reader: Reader): readonly ArgumentInput[] {
  return (reader.list('args') ?? []).map((argument) => {
    const from = argument.object('valueFrom');
    return {
      name: argument.requiredText('name'),
      ...optional('value', argument.string('value')),
      ...optional('podTemplateHashValue', from?.word('podTemplateHashValue', podTemplateHashValues)),
      ...optional('fieldPath', from?.object('fieldRef')?.string('fieldPath')),
      ...optional('secretKeyRef', readSecretKeyRef(from)),
    };
  });
}

export function readRolloutAnalysis(reader: Reader): RolloutAnalysis {
  return {
    templates: readTemplateRefs(reader),
    args: readArgumentInputs(reader),
    dryRun: readDryRun(reader),
    measurementRetention: readRetention(reader),
    ...optional('analysisRunMetadata', readPodMetadata(reader.object('analysisRunMetadata'))),
  };
}

const statuses = ['True', 'False', 'Unknown'] as const;

export function readConditions(reader: Reader): readonly Condition[] {
  return (reader.list('conditions') ?? []).map((condition) => ({
    type: condition.string('type') ?? '',
    status: condition.word('status', statuses) ?? 'Unknown',
    reason: condition.string('reason') ?? '',
    message: condition.string('message') ?? '',
    ...optional('lastUpdateTime', condition.time('lastUpdateTime')),
    ...optional('lastTransitionTime', condition.time('lastTransitionTime')),
    ...optional('observedGeneration', condition.whole('observedGeneration')),
  }));
}
