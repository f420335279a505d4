import type { FieldError } from '../../api/workload-types.js';
import { fieldOf, isPlainObject } from '../../lib/json.js';
import type { TrafficTarget } from '../router.js';

export interface NginxConfig {
  /** At least one. */
  readonly stableIngresses: readonly string[];
  readonly annotationPrefix: string;
  /** Keys get the prefix unless they have it. */
  readonly additionalAnnotations: Readonly<Record<string, string>>;
  /** Put on the canary Ingress as they are. */
  readonly canaryAnnotations: Readonly<Record<string, string>>;
}

const defaultPrefix = 'nginx.ingress.kubernetes.io';

/** traffic 2: exactly one of stableIngress and stableIngresses. */
export function parseNginxConfig({ section, path }: TrafficTarget): {
  readonly config: NginxConfig;
  readonly errors: readonly FieldError[];
} {
  const one = fieldOf(section, 'stableIngress');
  const many = fieldOf(section, 'stableIngresses');
  const names = [...(typeof one === 'string' && one !== '' ? [one] : []), ...textsOf(many)];
  const isDouble = typeof one === 'string' && one !== '' && textsOf(many).length > 0;
  const config = {
    stableIngresses: names,
    annotationPrefix: textOr(fieldOf(section, 'annotationPrefix'), defaultPrefix),
    additionalAnnotations: mapOf(fieldOf(section, 'additionalIngressAnnotations')),
    canaryAnnotations: mapOf(fieldOf(section, 'canaryIngressAnnotations')),
  };
  if (names.length > 0 && !isDouble) return { config, errors: [] };
  const detail = 'Either .stableIngress or .stableIngresses must be configured';
  return { config, errors: [{ path, kind: 'internal', detail }] };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string' && v !== '') : [];
}

function mapOf(value: unknown): Readonly<Record<string, string>> {
  if (!isPlainObject(value)) return {};
  return Object.fromEntries(Object.entries(value).flatMap(([k, v]) => (typeof v === 'string' ? [[k, v]] : [])));
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}
