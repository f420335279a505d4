import type { KubeObject } from '../../api/kube.js';
import { parseDurationMs } from '../../lib/duration.js';
import { recordsAt, textAt } from '../store/json.js';

/** How a pod answers. */
export interface Behaviour {
  /** Said in every answer; default the image's tag. */
  readonly version: string;
  /** Share of answers that fail, 0 to 1. */
  readonly errorRate: number;
  /** 400 to 599; what failing answers say. */
  readonly errorCode: number;
  readonly latencyMs: number;
}

/**
 * Annotations that make a pod with a container port really answer HTTP; any of them will do, and they may be changed while it runs.
 * The same can be said by the environment of a container; an annotation comes before it.
 *
 * | annotation | environment | effect |
 * |---|---|---|
 * | local.sluice.io/serve-version | VERSION | what it says; default the tag of its first image |
 * | local.sluice.io/serve-error-rate | ERROR_RATE | share of answers that fail, 0 to 1; default 0 |
 * | local.sluice.io/serve-error-code | ERROR_CODE | what failing answers say, 400 to 599; default 500 |
 * | local.sluice.io/serve-latency | LATENCY_MS | how long an answer takes, "20ms" (in the environment a number of ms); default 0 |
 */
const servingAnnotation = 'local.sluice.io/serve-';

const environment = ['VERSION', 'ERROR_RATE', 'ERROR_CODE', 'LATENCY_MS'];

/** @returns undefined for a pod that does not serve: it has no port, or says nothing of the above */
export function behaviourOf(pod: KubeObject): Behaviour | undefined {
  const annotations = pod.metadata.annotations ?? {};
  const env = environmentOf(pod);
  const isAsked = Object.keys(annotations).some((key) => key.startsWith(servingAnnotation)) || environment.some((name) => env.has(name));
  if (!isAsked || portsOf(pod).length === 0) return undefined;
  const text = (name: string, variable: string): string | undefined => annotations[`${servingAnnotation}${name}`] ?? env.get(variable);
  return {
    version: text('version', 'VERSION') ?? tagOf(pod),
    errorRate: within(Number(text('error-rate', 'ERROR_RATE') ?? 0), 0, 1, 0),
    errorCode: within(Number(text('error-code', 'ERROR_CODE') ?? 500), 400, 599, 500),
    latencyMs: latencyOf(annotations[`${servingAnnotation}latency`], env.get('LATENCY_MS')),
  };
}

function environmentOf(pod: KubeObject): ReadonlyMap<string, string> {
  const variables = recordsAt(pod, 'spec', 'containers').flatMap((container) => recordsAt(container, 'env'));
  return new Map(variables.map((variable) => [textAt(variable, 'name') ?? '', textAt(variable, 'value') ?? '']));
}

function latencyOf(duration: string | undefined, ms: string | undefined): number {
  const parsed = duration === undefined ? undefined : parseDurationMs(duration);
  return parsed?.ok === true ? Math.max(0, parsed.value) : within(Number(ms ?? 0), 0, 60_000, 0);
}

/** Container ports, in order. */
export function portsOf(pod: KubeObject): readonly number[] {
  return recordsAt(pod, 'spec', 'containers')
    .flatMap((container) => recordsAt(container, 'ports'))
    .flatMap((port) => (typeof port['containerPort'] === 'number' ? [port['containerPort']] : []));
}

function tagOf(pod: KubeObject): string {
  const image = textAt(recordsAt(pod, 'spec', 'containers')[0], 'image') ?? '';
  const name = image.slice(image.lastIndexOf('/') + 1).split('@')[0] ?? '';
  return name.includes(':') ? name.slice(name.indexOf(':') + 1) : 'latest';
}

function within(value: number, least: number, most: number, otherwise: number): number {
  return Number.isFinite(value) && value >= least && value <= most ? value : otherwise;
}
