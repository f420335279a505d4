import { copyRecord, isRecord, recordAt, recordsAt, setDefault, type Draft } from '../../../lib/draft.js';

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'];

/**
 * A copy of a pod template with what the CRD of Argo Rollouts from 1.9 on fills in before any controller reads it: our own CRD leaves
 * templates as they were written, yet the same manifest must get the same hash under both.
 */
export function withCrdDefaults(template: unknown): Draft {
  const copy = copyRecord(template);
  const spec = recordAt(copy, 'spec');
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) recordsAt(spec, list).forEach(defaultContainer);
  return copy;
}

function defaultContainer(container: Draft): void {
  for (const port of recordsAt(container, 'ports')) setDefault(port, 'protocol', 'TCP');
  for (const probe of probes) setIn(recordAt(container, probe), 'grpc', 'service', '');
  for (const variable of recordsAt(container, 'env')) setIn(recordAt(variable, 'valueFrom'), 'fileKeyRef', 'optional', false);
}

function setIn(parent: Draft, key: string, field: string, value: unknown): void {
  const found = parent[key];
  if (isRecord(found)) setDefault(found, field, value);
}
