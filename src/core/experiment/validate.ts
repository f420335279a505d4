import { invalid, required } from '../../api/field-error.js';
import type { Experiment, ExperimentTemplate } from '../../api/experiment-types.js';
import type { FieldError } from '../../api/workload-types.js';
import { selectorFrom, selectorMatches } from '../../lib/label-selector.js';
import { stringMapAt, objectAt } from './json.js';

/**
 * What makes an experiment impossible; empty when nothing does.
 *
 * Semantics: Argo Rollouts, analysis 6.1. Differs: a selector that does not match its own pods is found here (upstream learns it from the API
 * server, again and again), and so is a repeated analysis name.
 */
export function validateExperiment(experiment: Experiment, parseErrors: readonly FieldError[]): readonly FieldError[] {
  const { templates, analyses, progressDeadlineSeconds } = experiment.spec;
  return [
    ...parseErrors,
    ...templates.flatMap((template, index) => templateErrors(template, `spec.templates[${index}]`, progressDeadlineSeconds)),
    ...repeated(templates.map(({ name }) => name)).map((index) =>
      invalid(`spec.templates[${index}].name`, templates[index]?.name, 'Experiment templates must have unique names'),
    ),
    ...repeated(analyses.map(({ name }) => name)).map((index) =>
      invalid(`spec.analyses[${index}].name`, analyses[index]?.name, 'Experiment analyses must have unique names'),
    ),
  ];
}

function templateErrors(template: ExperimentTemplate, path: string, progressDeadlineSeconds: number): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (template.name === '') errors.push(required(`${path}.name`, 'Experiment template has no name'));
  if (template.minReadySeconds > progressDeadlineSeconds) {
    errors.push(invalid(`${path}.minReadySeconds`, template.minReadySeconds, 'must be at most progressDeadlineSeconds'));
  }
  return [...errors, ...selectorErrors(template, path)];
}

function selectorErrors({ selector, template }: ExperimentTemplate, path: string): readonly FieldError[] {
  if (selector === undefined) return [required(`${path}.selector`, "Experiment has missing field '.spec.templates.selector'")];
  const parsed = selectorFrom(selector);
  if (!parsed.ok) return [invalid(`${path}.selector`, selector, parsed.error)];
  if (parsed.value.length === 0) return [invalid(`${path}.selector`, selector, 'empty selector is invalid for experiment template')];
  const labels = stringMapAt(objectAt(template, 'metadata'), 'labels');
  return selectorMatches(parsed.value, labels)
    ? []
    : [invalid(`${path}.template.metadata.labels`, labels, '`selector` does not match template `labels`')];
}

/** Indexes of what was there before. */
function repeated(names: readonly string[]): readonly number[] {
  return names.flatMap((name, index) => (name !== '' && names.indexOf(name) < index ? [index] : []));
}
