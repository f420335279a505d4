import type { Json, KubeObject } from '../../src/api/kube.js';
import { jsonAt, listAt, recordAt, stableJson, textAt } from '../lib/json-at.js';

type FactValue = Json | undefined;

/** Facts of an AnalysisRun: phase, summaries, and per metric its result and its measurements. */
export function analysisRunFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  const names = (list: readonly Json[]): readonly Json[] | undefined =>
    list.length === 0 ? undefined : list.map((item) => textAt(item, 'name') ?? textAt(item, 'metricName') ?? '');
  return {
    metrics: names(listAt(object, 'spec', 'metrics')) ?? [],
    dryRun: names(listAt(object, 'spec', 'dryRun')),
    args: argumentTexts(listAt(object, 'spec', 'args')),
    terminate: jsonAt(object, 'spec', 'terminate'),
    phase: textAt(object, 'status', 'phase') ?? '',
    message: textAt(object, 'status', 'message'),
    runSummary: summary(object, 'runSummary'),
    dryRunSummary: summary(object, 'dryRunSummary'),
    completed: jsonAt(object, 'status', 'completedAt') === undefined ? undefined : true,
    ...Object.fromEntries(listAt(object, 'status', 'metricResults').flatMap(metricFacts)),
  };
}

function summary(object: KubeObject, name: string): string | undefined {
  const found = jsonAt(object, 'status', name);
  return found === undefined ? undefined : stableJson(found);
}

function argumentTexts(args: readonly Json[]): readonly string[] | undefined {
  if (args.length === 0) return undefined;
  return args.map((arg) => {
    const from = jsonAt(arg, 'valueFrom');
    return `${textAt(arg, 'name') ?? ''}=${from === undefined ? String(textAt(arg, 'value')) : stableJson(from)}`;
  });
}

const shownApart = ['name', 'phase', 'message', 'metadata', 'measurements'];

function metricFacts(result: Json): readonly (readonly [string, FactValue])[] {
  const name = textAt(result, 'name') ?? '';
  const counts = Object.entries(recordAt(result))
    .filter(([key]) => !shownApart.includes(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${stableJson(value)}`);
  const measurements = listAt(result, 'measurements');
  return [
    [`metric ${name}`, joined(textAt(result, 'phase'), ...counts, quoted(textAt(result, 'message')), metadata(result))],
    [`measurements ${name}`, measurements.length === 0 ? undefined : measurements.map(measurementText)],
  ];
}

function measurementText(measurement: Json): string {
  return joined(textAt(measurement, 'phase'), textAt(measurement, 'value'), quoted(textAt(measurement, 'message')), metadata(measurement));
}

function quoted(message: string | undefined): string | undefined {
  return message === undefined || message === '' ? undefined : `"${message}"`;
}

function metadata(value: Json): string | undefined {
  const found = recordAt(value, 'metadata');
  return Object.keys(found).length === 0 ? undefined : JSON.stringify(found);
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}

/** Facts of an Experiment: phase, per template its phase and counts, per analysis its run. */
export function experimentFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  const templates = listAt(object, 'spec', 'templates').map(
    (template) => `${textAt(template, 'name') ?? ''} x${textAt(template, 'replicas') ?? '1'}`,
  );
  return {
    templates,
    duration: jsonAt(object, 'spec', 'duration'),
    terminate: jsonAt(object, 'spec', 'terminate'),
    phase: textAt(object, 'status', 'phase'),
    message: textAt(object, 'status', 'message'),
    available: jsonAt(object, 'status', 'availableAt') === undefined ? undefined : true,
    ...Object.fromEntries(
      listAt(object, 'status', 'templateStatuses').map((status) => [`template ${textAt(status, 'name') ?? ''}`, templateText(status)]),
    ),
    ...Object.fromEntries(
      listAt(object, 'status', 'analysisRuns').map((run) => [`analysis ${textAt(run, 'name') ?? ''}`, analysisText(run)]),
    ),
    ...conditions(object),
  };
}

function templateText(status: Json): string {
  const counts = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'].map((name) => textAt(status, name) ?? '0');
  const service = textAt(status, 'serviceName');
  return joined(
    textAt(status, 'status'),
    counts.join('/'),
    service === undefined || service === '' ? undefined : `service ${service}`,
    textAt(status, 'message'),
  );
}

function analysisText(run: Json): string {
  const message = textAt(run, 'message');
  return `${textAt(run, 'analysisRun') ?? ''} ${textAt(run, 'phase') ?? ''}${message === undefined || message === '' ? '' : ` ${message}`}`;
}

function conditions(object: KubeObject): Readonly<Record<string, FactValue>> {
  return Object.fromEntries(
    listAt(object, 'status', 'conditions').map((condition) => [
      `cond.${textAt(condition, 'type') ?? ''}`,
      `${textAt(condition, 'status') ?? ''} ${textAt(condition, 'reason') ?? ''}: ${textAt(condition, 'message') ?? ''}`,
    ]),
  );
}
