import type { KubeObject } from './kube.js';
import { readLabelSelector } from './parse-common.js';
import { parseRolloutStatus } from './parse-rollout-status.js';
import { readStrategy } from './parse-strategy.js';
import { Reader, optional } from './reader.js';
import type { Rollout, RolloutSpec, WorkloadRef } from './rollout-types.js';
import type { FieldError } from './workload-types.js';

/** What a parser of a user's object answers: the object as far as it could be read, and what is wrong with it. */
export interface ParsedRollout {
  readonly rollout: Rollout;
  readonly errors: readonly FieldError[];
}

/**
 * Reads a Rollout. Never throws: a wrong field gives an error with its path and reads as absent, so that its default holds; a step that
 * cannot be read becomes a pause until promoted. Whoever acts on a Rollout with errors must not write down such defaults.
 *
 * Defaults: rollout-core 1.2-1.5. The status is read without complaint.
 */
export function parseRollout(raw: KubeObject): ParsedRollout {
  const errors: FieldError[] = [];
  const spec = readSpec(Reader.of(raw.spec, 'spec', errors));
  return { rollout: { raw, metadata: raw.metadata, spec, status: parseRolloutStatus(raw.status) }, errors };
}

function readSpec(spec: Reader): RolloutSpec {
  const history = spec.objectOrEmpty('analysis');
  return {
    replicas: spec.count('replicas'),
    selector: readLabelSelector(spec.object('selector')),
    template: spec.raw('template'),
    ...optional('workloadRef', readWorkloadRef(spec.object('workloadRef'))),
    minReadySeconds: spec.count('minReadySeconds') ?? 0,
    ...optional('rollbackWindowRevisions', spec.object('rollbackWindow')?.count('revisions')),
    revisionHistoryLimit: spec.count('revisionHistoryLimit') ?? 10,
    paused: spec.boolean('paused') ?? false,
    progressDeadlineSeconds: spec.count('progressDeadlineSeconds') ?? 600,
    progressDeadlineAbort: spec.boolean('progressDeadlineAbort') ?? false,
    ...optional('restartAt', spec.time('restartAt')),
    successfulRunHistoryLimit: history.count('successfulRunHistoryLimit') ?? 5,
    unsuccessfulRunHistoryLimit: history.count('unsuccessfulRunHistoryLimit') ?? 5,
    strategy: readStrategy(spec),
  };
}

function readWorkloadRef(reader: Reader | undefined): WorkloadRef | undefined {
  if (reader === undefined) return undefined;
  return {
    apiVersion: reader.string('apiVersion') ?? '',
    kind: reader.string('kind') ?? '',
    name: reader.string('name') ?? '',
    scaleDown: reader.word('scaleDown', ['never', 'onsuccess', 'progressively']) ?? 'never',
  };
}
