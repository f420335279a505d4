import type { KubeObject } from './kube.js';
import { keys } from './kube.js';
import { Reader } from './reader.js';
import type { ReplicaSet, Service } from './workload-types.js';

/** Reads a ReplicaSet as the API server gives it; what makes no sense reads as absent. */
export function parseReplicaSet(raw: KubeObject): ReplicaSet {
  const { metadata } = raw;
  const spec = Reader.lenient(raw.spec);
  const status = Reader.lenient(raw.status);
  return {
    raw,
    metadata,
    hash: metadata.labels?.[keys.podTemplateHash] ?? '',
    revision: readRevision(metadata.annotations?.[keys.revision]),
    replicas: spec.count('replicas') ?? 1,
    actual: status.count('replicas') ?? 0,
    ready: status.count('readyReplicas') ?? 0,
    available: status.count('availableReplicas') ?? 0,
    observed: status.whole('observedGeneration') === metadata.generation,
    minReadySeconds: spec.count('minReadySeconds') ?? 0,
    template: spec.raw('template') ?? {},
    conditions: (status.list('conditions') ?? []).map((condition) => ({
      type: condition.string('type') ?? '',
      status: condition.string('status') ?? '',
      reason: condition.string('reason') ?? '',
      message: condition.string('message') ?? '',
    })),
  };
}

function readRevision(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** Reads a Service; only its selector matters to rules. */
export function parseService(raw: KubeObject): Service {
  return { raw, metadata: raw.metadata, selector: Reader.lenient(raw.spec).stringMap('selector') ?? {} };
}
