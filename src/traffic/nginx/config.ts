import { invalid } from '../../api/field-error.js';
import type { FieldError } from '../../api/workload-types.js';
import { fieldOf } from '../../lib/json.js';
import type { TrafficTarget } from '../router.js';
import { textMapOf, textOf, textsOf } from '../texts.js';

export interface NginxConfig {
  /** At least one where there are no errors. */
  readonly stableIngresses: readonly StableIngress[];
  readonly annotationPrefix: string;
  /** Keys get the prefix unless they have it. */
  readonly additionalAnnotations: Readonly<Record<string, string>>;
  /** Put on the canary Ingress as they are. */
  readonly canaryAnnotations: Readonly<Record<string, string>>;
}

export interface StableIngress {
  readonly name: string;
  readonly canaryName: string;
  /** Where the user named it. */
  readonly path: string;
}

const longestBase = 246;
const defaultPrefix = 'nginx.ingress.kubernetes.io';

/** traffic 2: exactly one of stableIngress and stableIngresses. What can be read is returned beside the errors. */
export function parseNginxConfig(target: TrafficTarget): { readonly config: NginxConfig; readonly errors: readonly FieldError[] } {
  const { section, path, rolloutName } = target;
  const one = textOf(fieldOf(section, 'stableIngress'));
  const many = textsOf(fieldOf(section, 'stableIngresses'));
  const at = (name: string, where: string): StableIngress => ({ name, path: where, canaryName: canaryIngressName(rolloutName, name) });
  const stableIngresses = [
    ...(one === '' ? [] : [at(one, `${path}.stableIngress`)]),
    ...many.map((name, index) => at(name, `${path}.stableIngresses[${index}]`)),
  ];
  const config = {
    stableIngresses,
    annotationPrefix: textOf(fieldOf(section, 'annotationPrefix')) || defaultPrefix,
    additionalAnnotations: textMapOf(fieldOf(section, 'additionalIngressAnnotations')),
    canaryAnnotations: textMapOf(fieldOf(section, 'canaryIngressAnnotations')),
  };
  const isOneForm = (one === '') !== (many.length === 0);
  const both = { path, kind: 'internal' as const, detail: 'Either .stableIngress or .stableIngresses must be configured' };
  return { config, errors: [...(isOneForm ? [] : [both]), ...doubles(stableIngresses)] };
}

/** `<rollout>-<ingress>-canary`, at most 253 characters. */
function canaryIngressName(rollout: string, ingress: string): string {
  return `${`${rollout}-${ingress}`.slice(0, longestBase)}-canary`;
}

/** Names that are equal once they are cut to what Kubernetes allows would share one canary Ingress. */
function doubles(ingresses: readonly StableIngress[]): readonly FieldError[] {
  return ingresses.flatMap(({ name, canaryName, path }, index) =>
    ingresses.slice(0, index).some((other) => other.canaryName === canaryName)
      ? [invalid(path, name, `its canary ingress "${canaryName}" is already that of another one`)]
      : [],
  );
}
