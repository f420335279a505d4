import type { Experiment, ExperimentTemplate } from '../../api/experiment-types.js';
import type { JsonObject, NewObject, OwnerReference } from '../../api/kube.js';
import { apiVersionOf, keys, resources } from '../../api/kube.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import { podTemplateHash } from '../rollout/hash/index.js';
import { listAt, objectAt, stringMapAt } from './json.js';

export function ownedBy({ metadata }: Experiment): OwnerReference {
  const { experiments } = resources;
  return {
    apiVersion: apiVersionOf(experiments),
    kind: experiments.kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Marks what belongs to a template of an experiment: matching goes by these, not by name. */
function marksOf({ metadata }: Experiment, template: string): Readonly<Record<string, string>> {
  return { [keys.experimentName]: metadata.name, [keys.experimentTemplateName]: template };
}

export function replicaSetName(experiment: Experiment, template: string, collisions: number): string {
  const base = `${experiment.metadata.name}-${template}`;
  return collisions === 0 ? base : `${base}-${collisions}`;
}

/**
 * The ReplicaSet of a template, with no pods yet.
 *
 * @param collisions how many names are taken by others
 * Semantics: Argo Rollouts, analysis 6.2. Differs: another name is used when the first belongs to somebody else (upstream waits for its deadline).
 */
export function renderReplicaSet(experiment: Experiment, template: ExperimentTemplate, collisions: number): NewObject {
  const metadata = objectAt(template.template, 'metadata');
  const hash = { [keys.podTemplateHash]: hashOf(template) };
  const labels = { ...stringMapAt(metadata, 'labels'), ...hash };
  return {
    apiVersion: apiVersionOf(resources.replicaSets),
    kind: resources.replicaSets.kind,
    metadata: {
      name: replicaSetName(experiment, template.name, collisions),
      namespace: experiment.metadata.namespace ?? '',
      labels,
      annotations: marksOf(experiment, template.name),
      ownerReferences: [ownedBy(experiment)],
    },
    spec: {
      replicas: 0,
      ...(template.minReadySeconds === 0 ? {} : { minReadySeconds: template.minReadySeconds }),
      selector: { ...template.selector, matchLabels: { ...template.selector?.matchLabels, ...hash } },
      template: { ...template.template, metadata: { ...metadata, labels } },
    },
  };
}

export function hashOf(template: ExperimentTemplate): string {
  return podTemplateHash(template.template);
}

/** Name of the template's Service; undefined when it wants none, or its containers declare no port to send requests to. */
export function serviceName(template: ExperimentTemplate, replicaSet: ReplicaSet): string | undefined {
  if (template.service === undefined || portsOf(template).length === 0) return undefined;
  return template.service.name ?? replicaSet.metadata.name;
}

/** Semantics: Argo Rollouts, analysis 6.2. Differs: several unnamed ports get names (the API server refuses them otherwise). */
export function renderService(experiment: Experiment, template: ExperimentTemplate, replicaSet: ReplicaSet, name: string): NewObject {
  return {
    apiVersion: apiVersionOf(resources.services),
    kind: resources.services.kind,
    metadata: {
      name,
      namespace: experiment.metadata.namespace ?? '',
      annotations: marksOf(experiment, template.name),
      ownerReferences: [ownedBy(experiment)],
    },
    spec: { selector: replicaSet.metadata.labels ?? {}, ports: portsOf(template) },
  };
}

function portsOf({ template }: ExperimentTemplate): readonly JsonObject[] {
  const ports = listAt(objectAt(template, 'spec'), 'containers').flatMap((container) => listAt(container, 'ports'));
  return ports.map(({ name, containerPort = 0, protocol = 'TCP' }) => {
    const shown =
      name ?? (ports.length > 1 ? `${typeof protocol === 'string' ? protocol.toLowerCase() : 'tcp'}-${Number(containerPort)}` : undefined);
    return { ...(shown === undefined ? {} : { name: shown }), protocol, port: containerPort, targetPort: containerPort };
  });
}
