import type { KubeObject, NewObject } from '../../api/kube.js';
import type { TrafficSplit } from '../../core/traffic/types.js';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';
import type { TrafficTarget } from '../router.js';
import type { NginxConfig } from './config.js';

type Fields = Readonly<Record<string, unknown>>;

const longestBase = 246;
const classAnnotation = 'kubernetes.io/ingress.class';

/** `<rollout>-<ingress>-canary`, at most 253 characters. */
export function canaryIngressName(rollout: string, ingress: string): string {
  return `${`${rollout}-${ingress}`.slice(0, longestBase)}-canary`;
}

/**
 * The canary Ingress for a split, built anew from the stable one each time so that a user's edits of it are followed.
 * Semantics: traffic 2.1: the rules that lead to the stable Service, whole; of its annotations only the class.
 * Differs: paths with a `resource` backend and rules without `http` are tolerated.
 *
 * @returns undefined when no rule of the stable Ingress leads to the stable Service
 */
export function renderCanaryIngress(
  stable: KubeObject,
  target: TrafficTarget,
  config: NginxConfig,
  split: TrafficSplit,
): NewObject | undefined {
  const rules = objectsOf(stable.spec?.['rules'])
    .filter((rule) => leadsTo(rule, target.stableService ?? ''))
    .map((rule) => withService(rule, target.stableService ?? '', target.canaryService ?? ''));
  if (rules.length === 0) return undefined;
  const { tls, ingressClassName } = { tls: stable.spec?.['tls'], ingressClassName: stable.spec?.['ingressClassName'] };
  return {
    apiVersion: stable.apiVersion,
    kind: 'Ingress',
    metadata: {
      name: canaryIngressName(target.rolloutName, stable.metadata.name),
      namespace: target.namespace,
      annotations: renderAnnotations(stable, config, split),
      ownerReferences: [
        {
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'Rollout',
          name: target.rolloutName,
          uid: target.rolloutUid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      ...(tls === undefined ? {} : { tls }),
      ...(ingressClassName === undefined ? {} : { ingressClassName }),
      rules,
    },
  };
}

function renderAnnotations(stable: KubeObject, config: NginxConfig, split: TrafficSplit): Readonly<Record<string, string>> {
  const { annotationPrefix: prefix } = config;
  const ingressClass = stable.metadata.annotations?.[classAnnotation];
  const prefixed = Object.entries(config.additionalAnnotations).map(([key, value]) => [
    key.startsWith(prefix) ? key : `${prefix}/${key}`,
    value,
  ]);
  return {
    ...(ingressClass === undefined ? {} : { [classAnnotation]: ingressClass }),
    // Entries of pairs built two lines up.
    ...(Object.fromEntries(prefixed) as Readonly<Record<string, string>>),
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
  const http = rule['http'];
  if (!isPlainObject(http)) return rule;
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

/** The weight an Ingress declares; undefined when it is none. */
export function weightOf(canary: KubeObject, prefix: string): number | undefined {
  const text = canary.metadata.annotations?.[`${prefix}/canary-weight`];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * Merge patch that makes the live canary Ingress as wanted; undefined when it is already. Labels and annotations of others stay
 * (upstream strips foreign labels).
 */
export function renderPatch(live: KubeObject, wanted: NewObject): Readonly<Record<string, unknown>> | undefined {
  const wantedSpec = fieldOf(wanted, 'spec');
  const annotations = Object.entries(wanted.metadata.annotations ?? {}).filter(([k, v]) => live.metadata.annotations?.[k] !== v);
  const isSpecEqual = canonical(live.spec) === canonical(wantedSpec);
  if (annotations.length === 0 && isSpecEqual) return undefined;
  return {
    metadata: {
      resourceVersion: live.metadata.resourceVersion,
      ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    },
    ...(isSpecEqual ? {} : { spec: withRemovals(live.spec ?? {}, isPlainObject(wantedSpec) ? wantedSpec : {}) }),
  };
}

/** Merge patches keep what they do not name; keys that are to go need a null. */
function withRemovals(live: Fields, wanted: Fields): Fields {
  const gone = Object.keys(live).filter((key) => !(key in wanted));
  return { ...wanted, ...Object.fromEntries(gone.map((key) => [key, null])) };
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    isPlainObject(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v,
  );
}
