import { parseAnalysisTemplate, parseRollout } from '../../api/index.js';
import { keys, resources, type JsonObject, type KubeObject, type NewObject } from '../../api/kube.js';
import type { Rollout } from '../../api/rollout-types.js';
import { serviceNames, templateRefs } from '../../observe/rollout-sources.js';
import { ControllerError } from '../../lib/errors.js';
import { fieldOf, isPlainObject } from '../../lib/json.js';
import { isTemplate, simulatedTemplates, type AskedMetric } from './metrics.js';
import type { SimulationInput } from './types.js';

export interface Prepared {
  readonly name: string;
  /** What is applied before the Rollout. */
  readonly around: readonly NewObject[];
  readonly rollout: NewObject;
  readonly asked: readonly AskedMetric[];
}

const namespace = 'default';

/** @throws ControllerError `invalid` when there is no Rollout, several to choose from, or something it refers to is missing */
export function prepare(input: SimulationInput): Prepared {
  const raw = chooseRollout(input);
  const { rollout } = parseRollout(raw);
  const { templates, asked } = simulatedTemplates(input);
  requireTemplates(rollout, input.objects);
  const around = [...servicesOf(rollout, input.objects), ...workloadOf(rollout, input.objects), ...secretsOf(input.objects), ...templates];
  return { name: raw.metadata.name, around: around.map(clean), rollout: clean(withScript(raw, input)), asked };
}

function chooseRollout({ objects, name }: SimulationInput): KubeObject {
  const rollouts = objects.filter(({ kind }) => kind === 'Rollout');
  const wanted = name === undefined ? rollouts : rollouts.filter(({ metadata }) => metadata.name === name);
  const [first, another] = wanted;
  const names = rollouts.map(({ metadata }) => metadata.name).join(', ');
  if (first === undefined)
    throw new ControllerError(
      'invalid',
      name === undefined ? 'there is no Rollout in these files' : `there is no Rollout "${name}" in these files (there is ${names})`,
    );
  if (another !== undefined) throw new ControllerError('invalid', `there are several Rollouts in these files: name one of ${names}`);
  return first;
}

function requireTemplates(rollout: Rollout, objects: readonly KubeObject[]): void {
  const known = objects.filter(isTemplate).map((raw) => parseAnalysisTemplate(raw).template);
  const pending = [...templateRefs(rollout)];
  const seen = new Set<string>();
  for (let ref = pending.pop(); ref !== undefined; ref = pending.pop()) {
    const { templateName, clusterScope } = ref;
    if (seen.has(`${clusterScope}/${templateName}`)) continue;
    seen.add(`${clusterScope}/${templateName}`);
    const template = known.find((each) => each.metadata.name === templateName && each.clusterScope === clusterScope);
    if (template === undefined) {
      throw new ControllerError(
        'invalid',
        `${clusterScope ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate'} "${templateName}" is not among these files`,
      );
    }
    pending.push(...template.spec.templates);
  }
}

/** Those that are given, and stand-ins for those that are only named. */
function servicesOf(rollout: Rollout, objects: readonly KubeObject[]): readonly NewObject[] {
  const given = objects.filter(({ kind, apiVersion }) => kind === 'Service' && apiVersion === 'v1');
  const missing = [...new Set(serviceNames(rollout))].filter((name) => !given.some(({ metadata }) => metadata.name === name));
  const selector = rollout.spec.selector?.matchLabels ?? {};
  return [
    ...given,
    ...missing.map((name) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector, ports: [{ port: 80 }] } })),
  ];
}

function workloadOf({ spec }: Rollout, objects: readonly KubeObject[]): readonly NewObject[] {
  const reference = spec.workloadRef;
  if (reference === undefined) return [];
  return objects.filter(({ kind, metadata }) => kind === reference.kind && metadata.name === reference.name);
}

/** Arguments may come from Secrets; what is in them is of no matter here. */
function secretsOf(objects: readonly KubeObject[]): readonly NewObject[] {
  const refs = objects
    .filter(isTemplate)
    .flatMap((raw) => parseAnalysisTemplate(raw).template.spec.args.flatMap(({ secretKeyRef }) => secretKeyRef ?? []));
  const names = [...new Set(refs.map(({ name }) => name))];
  return names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData: Object.fromEntries(refs.filter((ref) => ref.name === name).map(({ key }) => [key, 'simulated'])),
  }));
}

const startAfter = 'local.sluice.io/start-after';
const updateMark = 'simulated.sluice.io/version';

/** The Rollout before its first deployment: nothing of a real cluster is left, and its pods take the time that was asked for. */
function withScript(raw: KubeObject, input: SimulationInput): NewObject {
  const annotations = { [startAfter]: `${input.podStartMs}ms`, [updateMark]: '1' };
  const { status: _status, ...rest } = raw;
  return {
    ...rest,
    spec: {
      ...raw.spec,
      ...(input.replicas === undefined ? {} : { replicas: input.replicas }),
      ...(raw.spec?.['template'] === undefined ? {} : { template: annotated(raw.spec['template'], annotations) }),
    },
  };
}

function annotated(template: unknown, annotations: Readonly<Record<string, string>>): unknown {
  if (!isPlainObject(template)) return template;
  const metadata = fieldOf(template, 'metadata');
  const known = fieldOf(metadata, 'annotations');
  return {
    ...template,
    metadata: { ...(isPlainObject(metadata) ? metadata : {}), annotations: { ...(isPlainObject(known) ? known : {}), ...annotations } },
  };
}

/** The patch that makes another version of it. */
export const newVersion: JsonObject = { spec: { template: { metadata: { annotations: { [updateMark]: '2' } } } } };

function clean(object: NewObject): NewObject {
  const { name, labels, annotations } = object.metadata;
  const { [keys.lastApplied]: _applied, ...kept } = annotations ?? {};
  const isClusterWide = object.kind === resources.clusterAnalysisTemplates.kind;
  return {
    ...object,
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(isClusterWide ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      annotations: kept,
    },
  };
}
