import type { AnalysisTemplate, CanaryStrategy, Rollout, StepKind, TemplateRef } from '../../api/index.js';
import { parseMetric } from '../../api/index.js';
import { canarySplit } from '../../core/replicas/split.js';
import { podLimits } from '../../core/replicas/limits.js';
import { humanDuration } from '../../core/view/age.js';
import { fieldOf, objectsOf } from '../../lib/json.js';
import { warningAt } from './finding.js';
import type { Finding, LintDocument } from './types.js';

/** Farther off than this, in points of a hundred, a weight is not what a reader of the manifest expects. */
const tolerance = 5;

/** What is accepted by everybody and yet most likely not what was meant. */
export function rolloutTraps(document: LintDocument, rollout: Rollout, templates: readonly AnalysisTemplate[]): readonly Finding[] {
  const { strategy } = rollout.spec;
  const canary =
    strategy.kind === 'canary' ? [...weightTraps(document, rollout, strategy), ...backgroundTraps(document, strategy, templates)] : [];
  return [...canary, ...templateTraps(document, rollout), ...historyTraps(document, rollout)];
}

/** Without a traffic router a weight is a number of whole pods. */
function weightTraps(document: LintDocument, { spec }: Rollout, strategy: CanaryStrategy): readonly Finding[] {
  if (strategy.trafficRouting !== undefined || spec.replicas === undefined || spec.replicas === 0) return [];
  const { replicas } = spec;
  const maySurge = podLimits(replicas, strategy.maxSurge, strategy.maxUnavailable).surge > 0;
  return strategy.steps.flatMap((step, i) => {
    const weight = weightOf([step, ...(step.also ?? [])]);
    if (weight === undefined || weight === 0 || weight === 100) return [];
    const { canary, stable } = canarySplit(replicas, weight, 100, maySurge);
    const actual = Math.floor((100 * canary) / (canary + stable));
    if (Math.abs(actual - weight) <= tolerance) return [];
    const pods = `${canary} of ${canary + stable} pods`;
    return [
      warningAt(
        document,
        `spec.strategy.canary.steps[${i}].setWeight`,
        `with ${replicas} replicas and no traffic router, weight ${weight} becomes ${pods}: ${actual} %`,
      ),
    ];
  });
}

function weightOf(kinds: readonly StepKind[]): number | undefined {
  return kinds.flatMap((kind) => (kind.kind === 'setWeight' ? [kind.weight] : []))[0];
}

/** A background analysis is ended together with the steps: one that needs longer never comes to a verdict of its own. */
function backgroundTraps(document: LintDocument, strategy: CanaryStrategy, templates: readonly AnalysisTemplate[]): readonly Finding[] {
  const { analysis, steps } = strategy;
  if (analysis === undefined) return [];
  const path = 'spec.strategy.canary.analysis';
  if (steps.length === 0)
    return [warningAt(document, path, 'without steps the update may be over before the analysis has measured anything')];
  if (analysis.startingStep >= steps.length) {
    return [warningAt(document, `${path}.startingStep`, `there are only ${steps.length} steps, so the analysis never starts`)];
  }
  const availableMs = pausesMs(strategy, analysis.startingStep);
  if (availableMs === undefined) return [];
  return analysis.templates
    .flatMap((ref) => metricsOf(ref, templates))
    .filter(({ neededMs }) => neededMs > availableMs)
    .map(({ name, neededMs }) =>
      warningAt(
        document,
        path,
        `metric "${name}" needs ${humanDuration(neededMs)} for its measurements, but the pauses from step ${analysis.startingStep} on last ${humanDuration(availableMs)} in all: it cannot finish`,
      ),
    );
}

/** Undefined when a step waits for a human or for something whose length is not known. */
function pausesMs({ steps }: CanaryStrategy, from: number): number | undefined {
  let sumMs = 0;
  for (const step of steps.slice(from).flatMap((each) => [each, ...(each.also ?? [])])) {
    if (step.kind === 'pause' && step.durationMs !== undefined) sumMs += step.durationMs;
    else if (step.kind === 'pause' || step.kind === 'analysis' || step.kind === 'experiment' || step.kind === 'plugin') return undefined;
  }
  return sumMs;
}

/** Metrics that measure a known number of times. */
function metricsOf(
  ref: TemplateRef,
  templates: readonly AnalysisTemplate[],
): readonly { readonly name: string; readonly neededMs: number }[] {
  const template = templates.find((t) => t.metadata.name === ref.templateName && t.clusterScope === ref.clusterScope);
  return (template?.spec.metrics ?? []).flatMap(({ raw, name }) => {
    const { metric } = parseMetric(raw, '');
    const { count, intervalMs = 0, initialDelayMs = 0 } = metric;
    return count === undefined ? [] : [{ name, neededMs: initialDelayMs + (count - 1) * intervalMs }];
  });
}

function templateTraps(document: LintDocument, { spec }: Rollout): readonly Finding[] {
  const containers = objectsOf(fieldOf(fieldOf(spec.template, 'spec'), 'containers'));
  const path = 'spec.template.spec.containers';
  const withoutProbe =
    containers.length > 0 && containers.every((c) => c['readinessProbe'] === undefined && c['startupProbe'] === undefined)
      ? [
          warningAt(
            document,
            path,
            'no container has a readiness probe: pods get traffic as soon as they run, whether they can serve it or not',
          ),
        ]
      : [];
  return [...withoutProbe, ...containers.flatMap((container, i) => imageTraps(document, `${path}[${i}].image`, container['image']))];
}

/** A rollout sees a new version only when the text of the template changes. */
function imageTraps(document: LintDocument, path: string, image: unknown): readonly Finding[] {
  if (typeof image !== 'string' || image.includes('@')) return [];
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  if (tag !== undefined && tag !== 'latest') return [];
  return [
    warningAt(
      document,
      path,
      `"${image}" ${tag === undefined ? 'has no tag' : 'has a tag that moves'}: a new image under the same name is no new version`,
    ),
  ];
}

function historyTraps(document: LintDocument, { spec }: Rollout): readonly Finding[] {
  if (spec.revisionHistoryLimit !== 0) return [];
  return [warningAt(document, 'spec.revisionHistoryLimit', 'with 0 no older revision is kept that undo could go back to')];
}
