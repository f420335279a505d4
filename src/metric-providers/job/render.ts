import { jobHandleKeys, jobKeys } from '../../api/analysis-jobs.js';
import type { Metric } from '../../api/analysis-types.js';
import type { JsonObject, KubeObject, NewObject } from '../../api/kube.js';
import { apiVersionOf, resources } from '../../api/kube.js';
import type { Sample, StringMap } from '../../core/analysis/sample.js';
import type { EpochMs } from '../../lib/scheduler.js';
import type { MeasuredRun } from '../provider.js';
import { asObject, objectAt, recordIn, recordsIn, textIn } from '../section.js';

export interface JobPlace {
  readonly namespace: string;
  /** The run's namespace and cluster: the run can own the Job. */
  readonly besideRun: boolean;
}

const longestName = 63;

/**
 * `<run uid>.<metric>.<ordinal>`, the metric cut so that the whole has 63 characters at most.
 *
 * Semantics: Argo Rollouts, analysis 4.3. Differs: characters a name may not have become dashes (upstream's create fails on `Error_Rate`).
 */
export function jobName(run: MeasuredRun, metric: string, ordinal: number): string {
  const room = longestName - run.uid.length - String(ordinal).length - 2;
  const fit = metric
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .slice(0, Math.max(0, room))
    .replace(/^[.-]+|[.-]+$/g, '')
    .replace(/\.(?=[.-])|-(?=\.)/g, '');
  return [run.uid, fit, String(ordinal)].filter((part) => part !== '').join('.');
}

/** The Job of one measurement. Metadata of the metric other than labels and annotations is ignored, as upstream does. */
export function renderJob(metric: Metric, run: MeasuredRun, ordinal: number, place: JobPlace): NewObject {
  const metadata = objectAt(metric.provider, 'metadata');
  const spec = objectAt(metric.provider, 'spec');
  const template = objectAt(spec, 'template');
  const label = { [jobKeys.runUid]: run.uid };
  return {
    apiVersion: apiVersionOf(resources.jobs),
    kind: resources.jobs.kind,
    metadata: {
      name: jobName(run, metric.name, ordinal),
      namespace: place.namespace,
      labels: { ...texts(metadata, 'labels'), ...label },
      annotations: {
        ...texts(metadata, 'annotations'),
        [jobKeys.runName]: run.name,
        [jobKeys.runNamespace]: run.namespace,
        [jobKeys.metricName]: metric.name,
      },
      ...(place.besideRun ? { ownerReferences: [ownedBy(run)] } : {}),
    },
    spec: { ...spec, template: { ...template, metadata: withLabels(objectAt(template, 'metadata'), label) } },
  };
}

function ownedBy(run: MeasuredRun): NonNullable<NewObject['metadata']['ownerReferences']>[number] {
  const { kind } = resources.analysisRuns;
  return {
    apiVersion: apiVersionOf(resources.analysisRuns),
    kind,
    name: run.name,
    uid: run.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

function withLabels(metadata: JsonObject, labels: StringMap): JsonObject {
  return { ...metadata, labels: { ...asObject(metadata['labels']), ...labels } };
}

function texts(metadata: JsonObject, key: string): StringMap {
  return Object.fromEntries(Object.entries(objectAt(metadata, key)).map(([name, value]) => [name, textIn(value)]));
}

export function handleOf(job: KubeObject): StringMap {
  return { [jobHandleKeys.name]: job.metadata.name, [jobHandleKeys.namespace]: job.metadata.namespace ?? '' };
}

/**
 * What a Job's state says; undefined while it runs.
 * Semantics: Argo Rollouts, analysis 4.3. Differs: conditions count only while they are True.
 */
export function assessJob(job: KubeObject): Extract<Sample, { kind: 'verdict' }> | undefined {
  const having = (type: string): boolean =>
    recordsIn(job.status?.['conditions']).some((condition) => condition['type'] === type && condition['status'] === 'True');
  if (having('Complete')) return { kind: 'verdict', phase: 'Successful' };
  return having('Failed') ? { kind: 'verdict', phase: 'Failed' } : undefined;
}

/** Reasons a container waits for that no waiting mends. */
const terminalReasons: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName']);
/** The same, once the Job has waited for this long: they can come and go while a ConfigMap or Secret is being made. */
const stubbornReasons: ReadonlySet<string> = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);
const stubbornAfterMs = 120_000;

/** Why a pod of the Job will never run; undefined when it may. @param elapsedMs since the measurement began */
export function terminalProblem(pods: readonly KubeObject[], elapsedMs: number): string | undefined {
  for (const pod of pods) {
    for (const status of containerStatuses(pod)) {
      const waiting = recordIn(recordIn(status['state'])['waiting']);
      const reason = textIn(waiting['reason']);
      if (terminalReasons.has(reason) || (stubbornReasons.has(reason) && elapsedMs > stubbornAfterMs)) {
        const message = textIn(waiting['message']);
        return `Pod ${pod.metadata.name}, container ${textIn(status['name'])} has terminal error (${reason}): ${message}`;
      }
    }
  }
  return undefined;
}

function containerStatuses(pod: KubeObject): readonly Readonly<Record<string, unknown>>[] {
  return [...recordsIn(pod.status?.['initContainerStatuses']), ...recordsIn(pod.status?.['containerStatuses'])];
}

/** When to look again: after sqrt(2 * elapsed seconds) seconds, at least 1. 2 s: 2 s later; 50 s: 10 s; 30 min: 60 s. */
export function nextLookAt(now: EpochMs, startedAt: EpochMs): EpochMs {
  const elapsedSeconds = Math.max(0, now - startedAt) / 1_000;
  return now + Math.max(1, Math.sqrt(2 * elapsedSeconds)) * 1_000;
}
