import type { AnalysisPhase, AnalysisRun, AnalysisTemplate } from '../api/analysis-types.js';
import type { Experiment } from '../api/experiment-types.js';
import { keys, type JsonObject, type KubeObject, type OwnerReference } from '../api/kube.js';
import { parseAnalysisRun, parseAnalysisTemplate } from '../api/parse-analysis.js';
import { parseExperiment } from '../api/parse-experiment.js';
import { parseRollout } from '../api/parse-rollout.js';
import { parseReplicaSet, parseService } from '../api/parse-workload.js';
import type { ReplicaSet, Service } from '../api/workload-types.js';
import { podTemplateHash, stepsHash } from '../core/rollout/hash/index.js';
import { templateKey, type ObservedRollout } from '../core/rollout/types.js';
import type { EpochMs } from '../lib/scheduler.js';
import { renderTime } from '../lib/time.js';

/** Builders of observed worlds: valid by default, a test states only what matters to it. */

/** 2026-01-01T00:00:00Z: where the virtual scheduler begins as well. */
export const testStart: EpochMs = 1_767_225_600_000;
const uid = 'rollout-uid';
const name = 'app';
const namespace = 'default';

/** Pod template of version `v1`, `v2`, ... */
export function aTemplate(version = 'v1'): JsonObject {
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'demo', image: `example.io/demo:${version}` }] } };
}

/** Hash of aTemplate(version). */
export function hashOf(version: string): string {
  return podTemplateHash(aTemplate(version), undefined);
}

export interface RolloutOptions {
  readonly version?: string;
  readonly replicas?: number;
  /** Of `spec.strategy.canary`; `steps` may be given alone. */
  readonly canary?: JsonObject;
  readonly steps?: readonly JsonObject[];
  readonly blueGreen?: JsonObject;
  /** More fields of the spec. */
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly generation?: number;
  readonly deletionTimestamp?: string;
}

/** A Rollout as the API server has it: `app` in `default`, 4 replicas of v1, a canary without steps, nothing in its status. */
export function aRawRollout(options: RolloutOptions = {}): KubeObject {
  const { version = 'v1', replicas = 4, steps, canary = {}, blueGreen, status, annotations, generation = 1 } = options;
  const strategy = blueGreen === undefined ? { canary: { ...(steps === undefined ? {} : { steps }), ...canary } } : { blueGreen };
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: '1',
      generation,
      creationTimestamp: renderTime(testStart),
      ...(annotations === undefined ? {} : { annotations }),
      ...(options.deletionTimestamp === undefined ? {} : { deletionTimestamp: options.deletionTimestamp }),
    },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: aTemplate(version), strategy, ...options.spec },
    ...(status === undefined ? {} : { status }),
  };
}

/** Status of a Rollout whose update from `stable` to `version` stands at step `index`; the same version twice is one at rest. */
export function aStatus(options: {
  readonly version?: string;
  readonly stable?: string;
  readonly steps?: readonly JsonObject[];
  readonly index?: number;
  readonly more?: JsonObject;
}): JsonObject {
  const { version = 'v1', stable = 'v1', steps, index, more } = options;
  return {
    observedGeneration: '1',
    currentPodHash: hashOf(version),
    stableRS: hashOf(stable),
    currentStepHash: stepsHash(steps),
    ...(index === undefined ? {} : { currentStepIndex: index }),
    selector: 'app=app',
    ...more,
  };
}

export interface ReplicaSetOptions {
  readonly version?: string;
  readonly revision?: number;
  /** Wanted pods. */
  readonly replicas?: number;
  /** Existing, ready and available pods; as wanted unless given. */
  readonly actual?: number;
  readonly available?: number;
  readonly createdAt?: EpochMs;
  readonly annotations?: Readonly<Record<string, string>>;
  /** spec.replicas of the Rollout when it was sized; 4. */
  readonly desired?: number;
  readonly observed?: boolean;
  readonly conditions?: readonly JsonObject[];
}

/** A ReplicaSet of the Rollout: of v1, revision 1, 4 pods, all available. */
export function aReplicaSet(options: ReplicaSetOptions = {}): ReplicaSet {
  const { version = 'v1', replicas = 4, observed = true, desired = 4 } = options;
  const revision = options.revision ?? Number(version.replace(/\D/g, ''));
  const available = options.available ?? replicas;
  const hash = hashOf(version);
  const template = aTemplate(version);
  return parseReplicaSet({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      uid: `rs-${version}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: renderTime(options.createdAt ?? testStart + revision * 60_000),
      labels: { app: name, [keys.podTemplateHash]: hash },
      annotations: { [keys.revision]: String(revision), [keys.desiredReplicas]: String(desired), ...options.annotations },
      ownerReferences: [ownedByRollout],
    },
    spec: { replicas, selector: { matchLabels: { app: name, [keys.podTemplateHash]: hash } }, template: { ...template } },
    status: {
      replicas: options.actual ?? replicas,
      readyReplicas: available,
      availableReplicas: available,
      observedGeneration: observed ? 1 : 0,
      ...(options.conditions === undefined ? {} : { conditions: options.conditions }),
    },
  });
}

const ownedByRollout: OwnerReference = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
};

export interface RunOptions {
  readonly name: string;
  readonly phase?: AnalysisPhase | '';
  readonly message?: string;
  readonly version?: string;
  readonly type?: 'Step' | 'Background' | 'PrePromotion' | 'PostPromotion';
  readonly stepIndex?: number;
  readonly terminate?: boolean;
  readonly createdAt?: EpochMs;
}

/** An AnalysisRun of the Rollout, for v2, running. */
export function anAnalysisRun(options: RunOptions): AnalysisRun {
  const { phase = 'Running', version = 'v2', type = 'Step', stepIndex, terminate } = options;
  return parseAnalysisRun({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: {
      name: options.name,
      namespace,
      uid: `run-${options.name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: renderTime(options.createdAt ?? testStart),
      labels: {
        [keys.podTemplateHash]: hashOf(version),
        [keys.rolloutType]: type,
        ...(stepIndex === undefined ? {} : { [keys.stepIndex]: String(stepIndex) }),
      },
      ownerReferences: [ownedByRollout],
    },
    spec: { metrics: [], ...(terminate === undefined ? {} : { terminate }) },
    status: { phase, ...(options.message === undefined ? {} : { message: options.message }) },
  }).run;
}

/** An Experiment of the Rollout, for v2, running. */
export function anExperiment(options: { readonly name: string; readonly phase?: AnalysisPhase; readonly message?: string }): Experiment {
  const { phase = 'Running', message } = options;
  return parseExperiment({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Experiment',
    metadata: {
      name: options.name,
      namespace,
      uid: `experiment-${options.name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: renderTime(testStart),
      labels: { [keys.podTemplateHash]: hashOf('v2') },
      ownerReferences: [ownedByRollout],
    },
    spec: { templates: [] },
    status: { phase, ...(message === undefined ? {} : { message }) },
  }).experiment;
}

/** An AnalysisTemplate with one Prometheus metric, measured once. */
export function anAnalysisTemplate(templateName = 'rate', spec: JsonObject = {}): AnalysisTemplate {
  return parseAnalysisTemplate({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: {
      name: templateName,
      namespace,
      uid: `template-${templateName}`,
      resourceVersion: '1',
      creationTimestamp: renderTime(testStart),
    },
    spec: {
      metrics: [
        { name: 'rate', successCondition: 'result[0] >= 0.95', provider: { prometheus: { address: 'http://prometheus', query: 'rate' } } },
      ],
      ...spec,
    },
  }).template;
}

/** A Service that selects the Rollout's pods, and those of one version when it is managed. */
export function aService(serviceName: string, options: { readonly version?: string; readonly managedBy?: string } = {}): Service {
  const { version, managedBy = version === undefined ? undefined : name } = options;
  return parseService({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: serviceName,
      namespace,
      uid: `service-${serviceName}`,
      resourceVersion: '1',
      creationTimestamp: renderTime(testStart),
      ...(managedBy === undefined ? {} : { annotations: { [keys.managedBy]: managedBy } }),
    },
    spec: { selector: { app: name, ...(version === undefined ? {} : { [keys.podTemplateHash]: hashOf(version) }) } },
  });
}

export interface WorldOptions extends RolloutOptions {
  readonly now?: EpochMs;
  readonly replicaSets?: readonly ReplicaSet[];
  readonly orphans?: readonly ReplicaSet[];
  readonly runs?: readonly AnalysisRun[];
  readonly experiments?: readonly Experiment[];
  readonly services?: readonly Service[];
  readonly analysisTemplates?: readonly AnalysisTemplate[];
  readonly live?: ObservedRollout['live'];
  readonly traffic?: ObservedRollout['traffic'];
  readonly statusWrittenAt?: EpochMs;
}

/** What a controller sees; an hour after testStart unless `now` says otherwise. */
export function anObservedRollout(options: WorldOptions = {}): ObservedRollout {
  const { rollout, errors } = parseRollout(aRawRollout(options));
  return {
    now: options.now ?? testStart + 3_600_000,
    rollout,
    specErrors: errors,
    replicaSets: options.replicaSets ?? [],
    orphans: options.orphans ?? [],
    analysisRuns: options.runs ?? [],
    experiments: options.experiments ?? [],
    services: new Map((options.services ?? []).map((service) => [service.metadata.name, service])),
    templates: new Map(
      (options.analysisTemplates ?? []).map((template) => [templateKey(template.metadata.name, template.clusterScope), template]),
    ),
    live: options.live ?? {},
    ...(options.traffic === undefined ? {} : { traffic: options.traffic }),
    ...(options.statusWrittenAt === undefined ? {} : { statusWrittenAt: options.statusWrittenAt }),
  };
}

/** A moment of the test's own time line: `secondsAfter(90)`. */
export function secondsAfter(seconds: number): EpochMs {
  return testStart + seconds * 1_000;
}
