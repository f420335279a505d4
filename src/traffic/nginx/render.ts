import type { JsonObject, KubeObject, NewObject } from '../../api/kube.js';
import type { TrafficSplit } from '../../core/traffic/types.js';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';
import { shareOf } from '../hundred.js';
import { ownerOf } from '../objects.js';
import type { TrafficTarget } from '../router.js';
import type { NginxConfig } from './config.js';

type Fields = Readonly<Record<string, unknown>>;

const classAnnotation = 'kubernetes.io/ingress.class';

/** The part of a canary Ingress that follows from its stable one, the settings and the split. */
export interface CanaryIngress {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: JsonObject;
}

/**
 * What the canary Ingress of a stable one is to say, built anew each time so that a user's edits are followed.
 *
 * Semantics: traffic 2.1: the rules that lead to the stable Service, whole; of its annotations only the class.
 * Differs: paths with a `resource` backend and rules without `http` are tolerated
 *
 * @returns undefined when no rule of the stable Ingress leads to the stable Service
 */
export function renderCanary(
  stable: KubeObject,
  target: TrafficTarget,
  config: NginxConfig,
  split: TrafficSplit,
): CanaryIngress | undefined {
  const { stableService = '', canaryService = '' } = target;
  const rules = objectsOf(fieldOf(stable.spec, 'rules'))
    .filter((rule) => leadsTo(rule, stableService))
    .map((rule) => withService(rule, stableService, canaryService));
  if (rules.length === 0) return undefined;
  const { tls, ingressClassName } = { tls: stable.spec?.['tls'], ingressClassName: stable.spec?.['ingressClassName'] };
  const spec = {
    ...(tls === undefined ? {} : { tls }),
    ...(ingressClassName === undefined ? {} : { ingressClassName }),
    // Parts of the stable Ingress's spec with another Service's name: JSON throughout.
    rules: rules as readonly JsonObject[],
  };
  return { annotations: renderAnnotations(stable, config, split), spec };
}

function renderAnnotations(stable: KubeObject, config: NginxConfig, split: TrafficSplit): Readonly<Record<string, string>> {
  const { annotationPrefix: prefix } = config;
  const ingressClass = stable.metadata.annotations?.[classAnnotation];
  const prefixed = Object.entries(config.additionalAnnotations).map(([key, value]): [string, string] => [
    key.startsWith(prefix) ? key : `${prefix}/${key}`,
    value,
  ]);
  return {
    ...(ingressClass === undefined ? {} : { [classAnnotation]: ingressClass }),
    ...Object.fromEntries(prefixed),
    ...config.canaryAnnotations,
    [`${prefix}/canary`]: 'true',
    [`${prefix}/canary-weight`]: String(split.canary.weight),
    ...(split.maxWeight === 100 ? {} : { [`${prefix}/canary-weight-total`]: String(split.maxWeight) }),
  };
}

/** Whether any path of the rule has the Service as backend. */
export function leadsTo(rule: Fields, service: string): boolean {
  return objectsOf(fieldOf(rule['http'], 'paths')).some((path) => serviceOf(path) === service);
}

function withService(rule: Fields, from: string, to: string): Fields {
  const http = isPlainObject(rule['http']) ? rule['http'] : {};
  const paths = objectsOf(http['paths']).map((path) => (serviceOf(path) === from ? withBackend(path, to) : path));
  return { ...rule, http: { ...http, paths } };
}

function withBackend(path: Fields, service: string): Fields {
  const backend = isPlainObject(path['backend']) ? path['backend'] : {};
  const current = isPlainObject(backend['service']) ? backend['service'] : {};
  return { ...path, backend: { ...backend, service: { ...current, name: service } } };
}

function serviceOf(path: Fields): unknown {
  return fieldOf(fieldOf(path['backend'], 'service'), 'name');
}

/** A canary Ingress that does not exist yet. */
export function newCanary(stable: KubeObject, target: TrafficTarget, name: string, canary: CanaryIngress): NewObject {
  const { annotations, spec } = canary;
  const metadata = { name, namespace: target.namespace, annotations, ownerReferences: [ownerOf(target)] };
  return { apiVersion: stable.apiVersion, kind: 'Ingress', metadata, spec };
}

/**
 * A live canary Ingress as it is to be. Labels and annotations of others stay.
 * Differs from upstream: foreign labels are not stripped, and canary annotations that are not asked for any more go, so that a header route that
 * was taken out of the Rollout does not live on
 */
export function updatedCanary(
  live: KubeObject,
  { annotations, spec }: CanaryIngress,
  { annotationPrefix: prefix }: NginxConfig,
): KubeObject {
  const isOurs = (key: string): boolean => key === classAnnotation || key === `${prefix}/canary` || key.startsWith(`${prefix}/canary-`);
  const others = Object.entries(live.metadata.annotations ?? {}).filter(([key]) => !isOurs(key));
  return { ...live, metadata: { ...live.metadata, annotations: { ...Object.fromEntries(others), ...annotations } }, spec };
}

/** The weight an Ingress declares, of `maxWeight` (absent: of its own total); 0 when it is no canary, or a number cannot be read. */
export function weightOf(canary: KubeObject, prefix: string, maxWeight: number | undefined): number {
  const number = (key: string): number | undefined => {
    const text = canary.metadata.annotations?.[`${prefix}/${key}`];
    return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  };
  if (canary.metadata.annotations?.[`${prefix}/canary`] !== 'true') return 0;
  const total = number('canary-weight-total') ?? 100;
  const all = maxWeight ?? total;
  return Math.min(all, shareOf(number('canary-weight') ?? 0, total, all));
}

/** Whether some header or cookie leads to the canary Service whatever the weight. */
export function isPinned(canary: KubeObject, prefix: string): boolean {
  return ['canary-by-header', 'canary-by-cookie'].some((key) => canary.metadata.annotations?.[`${prefix}/${key}`] !== undefined);
}

/** Whether an Ingress is the canary of some other one, by any prefix. */
export function isCanary(ingress: KubeObject): boolean {
  return Object.entries(ingress.metadata.annotations ?? {}).some(([key, value]) => key.endsWith('/canary') && value === 'true');
}
