import { parsePauseSeconds } from '../lib/duration.js';
import { invalid } from './field-error.js';
import { readArgumentInputs, readDryRun, readLabelSelector, readPodMetadata, readRolloutAnalysis } from './parse-common.js';
import type { Reader } from './reader.js';
import { optional } from './reader.js';
import type {
  CanaryStep,
  ExperimentStep,
  ExperimentStepTemplate,
  HeaderMatch,
  RouteMatch,
  StepKind,
  StringMatch,
} from './rollout-types.js';

/** The keys a step may have, in the order in which one of several decides when the step is complete (rollout-core 1.5). */
const stepKeys = ['pause', 'setCanaryScale', 'setWeight', 'experiment', 'analysis', 'setHeaderRoute', 'setMirrorRoute', 'plugin'] as const;
type StepKey = (typeof stepKeys)[number];

/** A step that cannot be read waits for a human: the one thing that cannot do harm in its place. */
const waitForHuman: StepKind = { kind: 'pause' };

/**
 * Reads one step; problems are noted.
 * @param maxWeight the weight that means all traffic
 */
export function readStep(reader: Reader, maxWeight: number): CanaryStep {
  const kinds = stepKeys.filter((key) => reader.has(key)).map((key) => readers[key](reader, maxWeight));
  const [first = waitForHuman, ...also] = kinds;
  return also.length === 0 ? first : { ...first, also };
}

const readers: Readonly<Record<StepKey, (step: Reader, maxWeight: number) => StepKind>> = {
  setWeight: readSetWeight,
  pause: readPause,
  setCanaryScale: readSetCanaryScale,
  analysis: (step) => ({ kind: 'analysis', ...readRolloutAnalysis(step.objectOrEmpty('analysis')) }),
  experiment: (step) => ({ kind: 'experiment', ...readExperimentStep(step.objectOrEmpty('experiment')) }),
  setHeaderRoute: readSetHeaderRoute,
  setMirrorRoute: readSetMirrorRoute,
  plugin: readPlugin,
};

function readSetWeight(step: Reader, maxWeight: number): StepKind {
  const detail = `SetWeight needs to be between 0 and ${maxWeight}`;
  const weight = step.int('setWeight', { min: 0, max: maxWeight, detail });
  return weight === undefined ? waitForHuman : { kind: 'setWeight', weight };
}

function readPause(step: Reader): StepKind {
  const pause = step.object('pause');
  const value = pause?.value('duration');
  if (pause === undefined || value === undefined) return { kind: 'pause' };
  const seconds = parsePauseSeconds(value);
  if (seconds.ok && seconds.value >= 0) return { kind: 'pause', durationMs: seconds.value * 1_000 };
  // Upstream's words and value: what it cannot read it takes for -1.
  pause.report(invalid(pause.pathOf('duration'), seconds.ok ? seconds.value : -1, 'Duration needs to be greater than 0'));
  return { kind: 'pause' };
}

function readSetCanaryScale(step: Reader): StepKind {
  const scale = step.objectOrEmpty('setCanaryScale');
  return {
    kind: 'setCanaryScale',
    ...optional('replicas', scale.count('replicas')),
    ...optional('weight', scale.count('weight')),
    matchTrafficWeight: scale.boolean('matchTrafficWeight') ?? false,
  };
}

function readSetHeaderRoute(step: Reader): StepKind {
  const route = step.objectOrEmpty('setHeaderRoute');
  return { kind: 'setHeaderRoute', name: route.string('name') ?? '', match: (route.list('match') ?? []).map(readHeaderMatch) };
}

const nothing: StringMatch = { kind: 'exact', value: '' };

function readHeaderMatch(reader: Reader): HeaderMatch {
  return { headerName: reader.requiredText('headerName'), headerValue: readStringMatch(reader.object('headerValue')) ?? nothing };
}

/** Which of several matchers stands is validation's business; here the first one counts. */
function readStringMatch(reader: Reader | undefined): StringMatch | undefined {
  const kind = (['exact', 'prefix', 'regex'] as const).find((key) => reader?.text(key) !== undefined);
  return reader === undefined || kind === undefined ? undefined : { kind, value: reader.text(kind) ?? '' };
}

function readSetMirrorRoute(step: Reader): StepKind {
  const route = step.objectOrEmpty('setMirrorRoute');
  return {
    kind: 'setMirrorRoute',
    name: route.requiredText('name'),
    match: (route.list('match') ?? []).map(readRouteMatch),
    ...optional('percentage', route.int('percentage', { min: 0, max: 100 })),
  };
}

function readRouteMatch(reader: Reader): RouteMatch {
  return {
    ...optional('method', readStringMatch(reader.object('method'))),
    ...optional('path', readStringMatch(reader.object('path'))),
    ...optional('headers', readHeaders(reader.object('headers'))),
  };
}

function readHeaders(reader: Reader | undefined): RouteMatch['headers'] {
  if (reader === undefined) return undefined;
  const matches = reader.keys.map((name): [string, StringMatch | undefined] => [name, readStringMatch(reader.object(name))]);
  return Object.fromEntries(matches.filter((match): match is [string, StringMatch] => match[1] !== undefined));
}

function readPlugin(step: Reader): StepKind {
  const plugin = step.objectOrEmpty('plugin');
  return { kind: 'plugin', name: plugin.requiredText('name'), ...optional('config', plugin.raw('config')) };
}

function readExperimentStep(reader: Reader): ExperimentStep {
  return {
    templates: (reader.list('templates') ?? []).map(readExperimentTemplate),
    ...optional('durationMs', reader.durationMs('duration')),
    analyses: readExperimentAnalyses(reader),
    dryRun: readDryRun(reader),
    ...optional('analysisRunMetadata', readPodMetadata(reader.object('analysisRunMetadata'))),
    ...optional('scaleDownDelaySeconds', reader.count('scaleDownDelaySeconds')),
  };
}

function readExperimentTemplate(reader: Reader): ExperimentStepTemplate {
  return {
    name: reader.requiredText('name'),
    specRef: readSpecRef(reader),
    ...optional('replicas', reader.count('replicas')),
    ...optional('metadata', readPodMetadata(reader.object('metadata'))),
    ...optional('selector', readLabelSelector(reader.object('selector'))),
    ...optional('weight', reader.count('weight')),
    ...optional('service', readServiceName(reader.object('service'))),
  };
}

function readSpecRef(reader: Reader): 'canary' | 'stable' {
  if (!reader.has('specRef')) reader.requiredText('specRef');
  return reader.word('specRef', ['canary', 'stable']) ?? 'stable';
}

export function readServiceName(reader: Reader | undefined): { readonly name?: string } | undefined {
  return reader === undefined ? undefined : { ...optional('name', reader.text('name')) };
}

/** The analyses of an experiment, in a step or standing alone. */
export function readExperimentAnalyses(reader: Reader): ExperimentStep['analyses'] {
  return (reader.list('analyses') ?? []).map((analysis) => ({
    name: analysis.requiredText('name'),
    templateName: analysis.requiredText('templateName'),
    clusterScope: analysis.boolean('clusterScope') ?? false,
    args: readArgumentInputs(analysis),
    requiredForCompletion: analysis.boolean('requiredForCompletion') ?? false,
  }));
}
