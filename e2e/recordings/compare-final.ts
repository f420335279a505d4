import type { Json } from '../../src/api/kube.js';
import type { Difference } from './difference.js';
import type { Digest } from './digest.js';
import type { Recording } from './format.js';
import { jsonAt, listAt, numberAt, recordAt, textAt } from '../lib/json-at.js';

/** Compares the objects at the end, field by field: same fields, same types, same values. */
export function compareFinal(recording: Recording, run: Digest): readonly Difference[] {
  const ours = new Map(run.final.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
  const texts = recording.final.flatMap((object) => {
    const name = `${textAt(object, 'kind') ?? ''}/${textAt(object, 'metadata', 'name') ?? ''}`;
    const other = ours.get(name);
    if (other === undefined) return [`${name} is not there`];
    const specs = textAt(object, 'kind') === 'Rollout' ? [] : deviations(preparedSpec(object), preparedSpec(other), `${name} spec`);
    return [...specs, ...deviations(preparedStatus(object), preparedStatus(other), `${name} status`)];
  });
  return texts.map((text) => ({ aspect: 'final', text }));
}

/** Fields whose values vary from run to run; that they are there, and their type, is compared. */
const varying = new Set([
  'observedGeneration',
  'workloadObservedGeneration',
  'startTime',
  'startedAt',
  'finishedAt',
  'completedAt',
  'abortedAt',
  'rolloutStartedAt',
  'restartedAt',
  'availableAt',
  'resumeAt',
  'totalManualPauseDurationSeconds',
  'lastUpdateTime',
  'lastTransitionTime',
]);

/** Upstream writes out every struct of a spec it makes, empty ones too; to whoever reads it they are as good as absent. */
function preparedSpec(object: unknown): Json | undefined {
  return withoutEmpty(prepared(jsonAt(object, 'spec')) ?? null);
}

function withoutEmpty(value: Json): Json | undefined {
  if (Array.isArray(value)) return listAt(value).map((item) => withoutEmpty(item) ?? {});
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const kept = Object.entries(recordAt(value)).flatMap(([key, inner]) => {
    const left = withoutEmpty(inner);
    return left === undefined ? [] : [[key, left] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** How often a metric was measured is a matter of timing where it has no count, or where the run was ended before it got there. */
function preparedStatus(object: unknown): Json | undefined {
  const status = withoutForeign(object, prepared(jsonAt(object, 'status')));
  const results = recordAt(status, 'metricResults');
  const openEnded = openEndedMetrics(object, status);
  if (openEnded.size === 0 || Object.keys(results).length === 0) return status;
  const uncounted = Object.entries(results).map(([name, result]) => [name, openEnded.has(name) ? withoutNumbers(result) : result] as const);
  return { ...recordAt(status), metricResults: Object.fromEntries(uncounted) };
}

function openEndedMetrics(object: unknown, status: Json | undefined): ReadonlySet<string> {
  const endedEarly = jsonAt(object, 'spec', 'terminate') === true || textAt(status, 'message') === 'Run Terminated';
  const names = listAt(object, 'spec', 'metrics').flatMap((metric) => {
    const name = textAt(metric, 'name') ?? '';
    const [wanted, done] = [numberAt(metric, 'count'), numberAt(status, 'metricResults', name, 'count')];
    return endedEarly || wanted === undefined || (done !== undefined && done < wanted) ? [name] : [];
  });
  return new Set(names);
}

/** What kube-controller-manager counts for itself when it gets round to it, and nobody here decides by. */
function withoutForeign(object: unknown, status: Json | undefined): Json | undefined {
  if (!['ReplicaSet', 'Deployment'].includes(textAt(object, 'kind') ?? '')) return status;
  const { terminatingReplicas: _terminating, fullyLabeledReplicas: _labelled, observedGeneration: _seen, ...others } = recordAt(status);
  return others;
}

function withoutNumbers(result: Json): Json {
  return Object.fromEntries(Object.entries(recordAt(result)).filter(([, value]) => typeof value !== 'number'));
}

/** Lists that are sets with a name: compared by name, whatever their order. Condition times are not recorded. */
function prepared(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return byName(value as readonly Json[]);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(recordAt(value))
      .filter(([key]) => key !== 'measurements')
      .map(([key, inner]) => [key, prepared(inner) ?? null]),
  );
}

function byName(list: readonly Json[]): Json {
  const isCondition = list.some((item) => jsonAt(item, 'type') !== undefined && jsonAt(item, 'status') !== undefined);
  if (!isCondition && !list.some((item) => jsonAt(item, 'phase') !== undefined && jsonAt(item, 'name') !== undefined))
    return list.map((item) => prepared(item) ?? null);
  return Object.fromEntries(
    list.map((item) => {
      const { lastUpdateTime: _updated, lastTransitionTime: _changed, lastProbeTime: _probed, ...rest } = recordAt(item);
      return [textAt(item, isCondition ? 'type' : 'name') ?? '', prepared(rest) ?? null];
    }),
  );
}

function deviations(theirs: Json | undefined, ours: Json | undefined, path: string): readonly string[] {
  if (theirs === undefined || theirs === null)
    return ours === undefined || ours === null ? [] : [`${path} is ${brief(ours)}, recorded absent`];
  if (ours === undefined || ours === null) return [`${path} is absent, recorded ${brief(theirs)}`];
  if (theirs === '<generation, a number>' && typeof ours === 'number') return [];
  if (typeof theirs !== typeof ours || Array.isArray(theirs) !== Array.isArray(ours))
    return [`${path} is ${brief(ours)}, recorded ${brief(theirs)}`];
  if (typeof theirs !== 'object') return theirs === ours || isVarying(path) ? [] : [`${path} is ${brief(ours)}, recorded ${brief(theirs)}`];
  const [left, right] = [fields(theirs), fields(ours)];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .sort()
    .flatMap((key) => deviations(left[key], right[key], `${path}.${key}`));
}

function isVarying(path: string): boolean {
  return varying.has(path.slice(path.lastIndexOf('.') + 1));
}

function fields(value: Json): Readonly<Record<string, Json>> {
  return Array.isArray(value) ? Object.fromEntries(listAt(value).map((item, index) => [String(index), item])) : recordAt(value);
}

function brief(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
