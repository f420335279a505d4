import { invalid, required } from './field-error.js';
import type { JsonObject } from './kube.js';
import { readIntOrPercent, readPodMetadata, readRolloutAnalysis } from './parse-common.js';
import { readStep } from './parse-steps.js';
import type { Reader } from './reader.js';
import { optional } from './reader.js';
import type {
  AntiAffinity,
  BlueGreenStrategy,
  CanaryStrategy,
  IntOrPercent,
  RolloutAnalysis,
  Strategy,
  TrafficRouting,
} from './rollout-types.js';

/** Both strategies' default for surge and unavailability. */
const quarter: IntOrPercent = { kind: 'percent', percent: 25 };
const allTraffic = 100;

/** Routers by their key in the API, in the order in which they are worked on (traffic 1.2). */
export const routerKeys = ['istio', 'nginx', 'alb', 'smi', 'ambassador', 'appMesh', 'traefik', 'apisix'] as const;

/** Without a strategy: a canary without steps. That neither or both are set is validation's business. */
export function readStrategy(spec: Reader): Strategy {
  const strategy = spec.objectOrEmpty('strategy');
  // Upstream's paths leave out the strategy's name.
  const blueGreen = strategy.object('blueGreen', '');
  return blueGreen !== undefined && !strategy.has('canary') ? readBlueGreen(blueGreen) : readCanary(strategy.objectOrEmpty('canary', ''));
}

function readBlueGreen(reader: Reader): BlueGreenStrategy {
  return {
    kind: 'blueGreen',
    activeService: reader.string('activeService') ?? '',
    ...optional('previewService', reader.text('previewService')),
    ...optional('previewReplicaCount', reader.count('previewReplicaCount')),
    autoPromotionEnabled: reader.boolean('autoPromotionEnabled') ?? true,
    autoPromotionSeconds: reader.count('autoPromotionSeconds') ?? 0,
    maxUnavailable: readIntOrPercent(reader, 'maxUnavailable', quarter),
    ...readScaleDown(reader),
    ...optional('prePromotionAnalysis', readAnalysis(reader.object('prePromotionAnalysis'))),
    ...optional('postPromotionAnalysis', readAnalysis(reader.object('postPromotionAnalysis'))),
    ...optional('antiAffinity', readAntiAffinity(reader.object('antiAffinity'))),
    ...optional('previewMetadata', readPodMetadata(reader.object('previewMetadata'))),
    ...optional('activeMetadata', readPodMetadata(reader.object('activeMetadata'))),
  };
}

function readScaleDown(
  reader: Reader,
): Pick<CanaryStrategy, 'scaleDownDelaySeconds' | 'scaleDownDelayRevisionLimit' | 'abortScaleDownDelaySeconds'> {
  return {
    ...optional('scaleDownDelaySeconds', reader.count('scaleDownDelaySeconds')),
    ...optional('scaleDownDelayRevisionLimit', reader.count('scaleDownDelayRevisionLimit')),
    ...optional('abortScaleDownDelaySeconds', reader.count('abortScaleDownDelaySeconds')),
  };
}

function readAnalysis(reader: Reader | undefined): RolloutAnalysis | undefined {
  return reader === undefined ? undefined : readRolloutAnalysis(reader);
}

function readCanary(reader: Reader): CanaryStrategy {
  const trafficRouting = readTrafficRouting(reader.object('trafficRouting'));
  const steps = reader.list('steps');
  const maxWeight = trafficRouting?.maxTrafficWeight ?? allTraffic;
  return {
    kind: 'canary',
    ...optional('canaryService', reader.text('canaryService')),
    ...optional('stableService', reader.text('stableService')),
    ...optional('pingPong', readPingPong(reader.object('pingPong'))),
    steps: (steps ?? []).map((step) => readStep(step, maxWeight)),
    rawSteps: steps?.map((step) => step.json),
    ...optional('trafficRouting', trafficRouting),
    maxSurge: readIntOrPercent(reader, 'maxSurge', quarter),
    maxUnavailable: readIntOrPercent(reader, 'maxUnavailable', quarter),
    ...optional('analysis', readBackgroundAnalysis(reader.object('analysis'))),
    ...optional('antiAffinity', readAntiAffinity(reader.object('antiAffinity'))),
    ...optional('canaryMetadata', readPodMetadata(reader.object('canaryMetadata'))),
    ...optional('stableMetadata', readPodMetadata(reader.object('stableMetadata'))),
    ...readScaleDown(reader),
    dynamicStableScale: reader.boolean('dynamicStableScale') ?? false,
    ...optional('minPodsPerReplicaSet', reader.count('minPodsPerReplicaSet')),
    ...optional('replicaProgressThreshold', readThreshold(reader.object('replicaProgressThreshold'))),
  };
}

function readPingPong(reader: Reader | undefined): CanaryStrategy['pingPong'] {
  return reader === undefined
    ? undefined
    : { pingService: reader.string('pingService') ?? '', pongService: reader.string('pongService') ?? '' };
}

function readBackgroundAnalysis(reader: Reader | undefined): CanaryStrategy['analysis'] {
  return reader === undefined ? undefined : { ...readRolloutAnalysis(reader), startingStep: reader.count('startingStep') ?? 0 };
}

/** Upstream takes any type but `Percent` for `Pods`; a mistyped one is refused here, as nobody means pods by "percent". */
function readThreshold(reader: Reader | undefined): CanaryStrategy['replicaProgressThreshold'] {
  if (reader === undefined) return undefined;
  if (!reader.has('type')) reader.requiredText('type');
  const type = reader.word('type', ['Percent', 'Pods']);
  const value = reader.int('value', type === 'Percent' ? { min: 0, max: 100 } : { min: 0 });
  if (!reader.has('value')) reader.report(required(reader.pathOf('value')));
  return type === undefined || value === undefined ? undefined : { type, value };
}

/** Zero or two modes are validation's business; required wins here. */
function readAntiAffinity(reader: Reader | undefined): AntiAffinity | undefined {
  if (reader?.object('requiredDuringSchedulingIgnoredDuringExecution')) return { kind: 'required' };
  const preferred = reader?.object('preferredDuringSchedulingIgnoredDuringExecution', '');
  if (preferred === undefined) return undefined;
  const weight = preferred.int('weight', { min: 1, max: 100, detail: 'AntiAffinity weight must be between 1-100' });
  if (!preferred.has('weight')) preferred.report(required(preferred.pathOf('weight')));
  return weight === undefined ? undefined : { kind: 'preferred', weight };
}

function readTrafficRouting(reader: Reader | undefined): TrafficRouting | undefined {
  if (reader === undefined) return undefined;
  const routers = routerKeys.map((key): [string, JsonObject | undefined] => [key, reader.raw(key)]);
  const plugins = reader.object('plugins');
  reportUnknownRouters(reader);
  return {
    routers: present(routers),
    plugins: present((plugins?.keys ?? []).map((name) => [name, plugins?.raw(name)])),
    managedRoutes: (reader.list('managedRoutes') ?? []).map((route) => route.requiredText('name')),
    maxTrafficWeight: reader.int('maxTrafficWeight', { min: 1 }) ?? allTraffic,
  };
}

function present(entries: readonly (readonly [string, JsonObject | undefined])[]): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries(entries.filter((entry): entry is [string, JsonObject] => entry[1] !== undefined));
}

/** A router we have never heard of would otherwise count as "no router", and all traffic math with it. */
function reportUnknownRouters(reader: Reader): void {
  const known: readonly string[] = [...routerKeys, 'plugins', 'managedRoutes', 'maxTrafficWeight'];
  for (const key of reader.keys) {
    if (!known.includes(key)) reader.report(invalid(reader.pathOf(key), key, 'unknown traffic router'));
  }
}
