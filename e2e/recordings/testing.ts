import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubeObject, ObjectMeta } from '../../src/api/kube.js';
import type { Recording } from './format.js';
import { parseRecording } from './parse-recording.js';

const here = dirname(fileURLToPath(import.meta.url));

/** A whole recording that is committed for the tests. */
export function aRecording(changes: Partial<Recording> = {}): Recording {
  const file = join(here, 'testdata', 'selector-immutable.json');
  return { ...parseRecording(JSON.parse(readFileSync(file, 'utf8'))), ...changes };
}

let version = 0;

/** An object as a watch delivers it; each has a later resourceVersion than the one before. */
export function anObject(
  kind: string,
  name: string,
  content: Readonly<Record<string, unknown>> = {},
  metadata: Partial<ObjectMeta> = {},
): KubeObject {
  version += 1;
  const fixed = {
    name,
    namespace: 'ns',
    uid: `uid-of-${name}`,
    resourceVersion: String(version),
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return { apiVersion: 'test/v1', kind, ...content, metadata: { ...fixed, ...metadata } };
}

/** A ReplicaSet of a Rollout with so many pods wanted and available. */
export function aReplicaSet(name: string, hash: string, replicas: number, available = replicas): KubeObject {
  const status = { replicas: available, readyReplicas: available, availableReplicas: available };
  return anObject('ReplicaSet', name, { spec: { replicas }, status }, { labels: { 'rollouts-pod-template-hash': hash } });
}

export function aRollout(status: Readonly<Record<string, unknown>>): KubeObject {
  return anObject('Rollout', 'app', { spec: { replicas: 2 }, status });
}
