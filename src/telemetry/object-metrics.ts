import type { KubeObject } from '../api/kube.js';
import { fieldOf, isPlainObject, objectsOf } from '../lib/json.js';
import type { EpochMs } from '../lib/scheduler.js';
import { parseTime } from '../lib/time.js';

/** Where the objects are looked up at each scrape; what is not watched is left out. */
export interface ObjectSources {
  readonly rollouts?: () => readonly KubeObject[];
  readonly analysisRuns?: () => readonly KubeObject[];
  readonly experiments?: () => readonly KubeObject[];
  readonly analysisTemplates?: () => readonly KubeObject[];
  readonly clusterAnalysisTemplates?: () => readonly KubeObject[];
}

type Labels = Readonly<Record<string, string>>;
interface Sample {
  readonly labels: Labels;
  readonly value: number;
}
interface Family {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A finished run is of no more interest to a dashboard after that; upstream exports it for as long as it exists. */
const finishedRunMs = 3_600_000;

/**
 * The state of every object, in Prometheus' text format, made anew from the cache at each scrape: no series outlives its object.
 *
 * Semantics: upstream's gauges (reference/analysis.md 8.1). Differs: the `_phase` gauges have the phase an object is in, not a zero for
 * each it is not in; analysis runs vanish an hour after their end.
 */
export function renderObjectMetrics(sources: ObjectSources, now: EpochMs): string {
  const runs = (sources.analysisRuns?.() ?? []).filter((run) => !isLongOver(run, now));
  return [
    ...rolloutFamilies(sources.rollouts?.() ?? []),
    ...runFamilies(runs),
    ...experimentFamilies(sources.experiments?.() ?? []),
    ...templateFamilies([...(sources.analysisTemplates?.() ?? []), ...(sources.clusterAnalysisTemplates?.() ?? [])]),
  ]
    .filter(({ samples }) => samples.length > 0)
    .map(renderFamily)
    .join('');
}

function renderFamily({ name, help, samples }: Family): string {
  const lines = samples.map(({ labels, value }) => `${name}{${renderLabels(labels)}} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
}

function renderLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`)
    .join(',');
}

function identity({ metadata }: KubeObject): { readonly namespace: string; readonly name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

function family(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, samples };
}

function rolloutFamilies(rollouts: readonly KubeObject[]): readonly Family[] {
  const counts = (name: string, help: string, count: (rollout: KubeObject) => number): Family =>
    family(
      `rollout_info_replicas_${name}`,
      help,
      rollouts.map((rollout) => ({ labels: identity(rollout), value: count(rollout) })),
    );
  const status = (rollout: KubeObject, key: string): number => numberOf(fieldOf(rollout.status, key)) ?? 0;
  return [
    family(
      'rollout_info',
      'A Rollout: its strategy, traffic router and phase.',
      rollouts.map((rollout) => ({ labels: { ...identity(rollout), ...strategyOf(rollout), phase: rolloutPhaseOf(rollout) }, value: 1 })),
    ),
    family(
      'rollout_phase',
      'The phase of a Rollout. Deprecated: rollout_info has it too.',
      rollouts.map((rollout) => ({
        labels: { ...identity(rollout), strategy: strategyOf(rollout).strategy, phase: rolloutPhaseOf(rollout) },
        value: 1,
      })),
    ),
    counts('available', 'Pods that are available.', (rollout) => status(rollout, 'availableReplicas')),
    counts('unavailable', 'Pods that are not available.', (rollout) =>
      Math.max(0, status(rollout, 'replicas') - status(rollout, 'availableReplicas')),
    ),
    counts('desired', 'Pods wanted: spec.replicas.', (rollout) => numberOf(fieldOf(rollout.spec, 'replicas')) ?? 1),
    counts('updated', 'Pods of the current pod template.', (rollout) => status(rollout, 'updatedReplicas')),
  ];
}

const routerLabels: Readonly<Record<string, string>> = {
  ...{ alb: 'ALB', ambassador: 'Ambassador', istio: 'Istio', nginx: 'Nginx', smi: 'SMI', appMesh: 'AppMesh' },
};

function strategyOf(rollout: KubeObject): { readonly strategy: string; readonly traffic_router: string } {
  const strategy = fieldOf(rollout.spec, 'strategy');
  const canary = fieldOf(strategy, 'canary');
  const routing = fieldOf(canary, 'trafficRouting');
  const router = Object.keys(isPlainObject(routing) ? routing : {}).find((key) => Object.hasOwn(routerLabels, key));
  return {
    strategy: canary !== undefined ? 'canary' : fieldOf(strategy, 'blueGreen') !== undefined ? 'blueGreen' : 'none',
    traffic_router: (router !== undefined && routerLabels[router]) || '',
  };
}

const phaseOfReason: Readonly<Record<string, string>> = {
  ...{ NewReplicaSetAvailable: 'Completed', RolloutPaused: 'Paused', ProgressDeadlineExceeded: 'Timeout', RolloutAborted: 'Abort' },
  ...{ ReplicaSetCreateError: 'Error', FailedRSCreate: 'Error', RolloutError: 'Error' },
};

/** Not status.phase but upstream's older reading of the conditions, which its dashboards and alerts are built on. */
function rolloutPhaseOf(rollout: KubeObject): string {
  const conditions = objectsOf(fieldOf(rollout.status, 'conditions'));
  const find = (type: string): Readonly<Record<string, unknown>> | undefined => conditions.find((each) => each['type'] === type);
  if (find('InvalidSpec')?.['status'] === 'True') return 'InvalidSpec';
  const reason = find('Progressing')?.['reason'];
  return (typeof reason === 'string' && phaseOfReason[reason]) || 'Progressing';
}

function phaseOf({ status }: KubeObject): string {
  const phase = fieldOf(status, 'phase');
  return typeof phase === 'string' && phase !== '' ? phase : 'Pending';
}

function isLongOver(run: KubeObject, now: EpochMs): boolean {
  if (['Pending', 'Running'].includes(phaseOf(run))) return false;
  const completed = fieldOf(run.status, 'completedAt');
  const at = typeof completed === 'string' ? parseTime(completed) : undefined;
  return at !== undefined && now - at > finishedRunMs;
}

function runFamilies(runs: readonly KubeObject[]): readonly Family[] {
  const perMetric = runs.flatMap((run) =>
    metricsOf(fieldOf(run.spec, 'metrics')).map(({ metric, type }) => ({ run, labels: { ...identity(run), metric, type } })),
  );
  return [
    ...phaseFamilies('analysis_run', 'AnalysisRun', runs),
    family(
      'analysis_run_metric_type',
      'The provider a metric of an AnalysisRun asks.',
      perMetric.map(({ labels }) => ({ labels, value: 1 })),
    ),
    family(
      'analysis_run_metric_phase',
      'The phase of a metric of an AnalysisRun.',
      perMetric.flatMap(({ run, labels }) => {
        const result = objectsOf(fieldOf(run.status, 'metricResults')).find((each) => each['name'] === labels.metric);
        const phase = result?.['phase'];
        if (typeof phase !== 'string') return [];
        return [{ labels: { ...labels, dry_run: String(result?.['dryRun'] === true), phase }, value: 1 }];
      }),
    ),
  ];
}

function phaseFamilies(prefix: string, what: string, objects: readonly KubeObject[]): readonly Family[] {
  const samples = objects.map((object) => ({ labels: { ...identity(object), phase: phaseOf(object) }, value: 1 }));
  return [
    family(`${prefix}_info`, `The phase of an ${what}.`, samples),
    family(`${prefix}_phase`, `The phase of an ${what}. Deprecated: ${prefix}_info has it too.`, samples),
  ];
}

function experimentFamilies(experiments: readonly KubeObject[]): readonly Family[] {
  return phaseFamilies('experiment', 'Experiment', experiments);
}

function templateFamilies(templates: readonly KubeObject[]): readonly Family[] {
  return [
    family(
      'analysis_template_info',
      'An AnalysisTemplate or ClusterAnalysisTemplate.',
      templates.map((template) => ({ labels: identity(template), value: 1 })),
    ),
    family(
      'analysis_template_metric_info',
      'A metric of an analysis template and the provider it asks.',
      templates.flatMap((template) =>
        metricsOf(fieldOf(template.spec, 'metrics')).map(({ metric, type }) => ({
          labels: { ...identity(template), type, metric },
          value: 1,
        })),
      ),
    ),
  ];
}

const providerTypes: Readonly<Record<string, string>> = {
  ...{ prometheus: 'Prometheus', job: 'Job', kayenta: 'Kayenta', web: 'Web', datadog: 'Datadog', wavefront: 'Wavefront' },
  ...{
    newRelic: 'NewRelic',
    cloudWatch: 'CloudWatch',
    graphite: 'Graphite',
    influxdb: 'Influxdb',
    skywalking: 'skywalking',
    plugin: 'RPCPlugin',
  },
};

function metricsOf(metrics: unknown): readonly { readonly metric: string; readonly type: string }[] {
  return objectsOf(metrics).map((metric) => {
    const [provider = ''] = Object.keys(isPlainObject(metric['provider']) ? metric['provider'] : {});
    return {
      metric: typeof metric['name'] === 'string' ? metric['name'] : '',
      type: Object.hasOwn(providerTypes, provider) ? (providerTypes[provider] ?? '') : 'Unknown Provider',
    };
  });
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
