import type { KubeObject, NewObject } from '../../api/kube.js';
import { controllerOf, resources } from '../../api/kube.js';
import { hasCode } from '../../lib/errors.js';
import { isEqual } from '../../lib/equal.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime, renderWholeSeconds } from '../../lib/time.js';
import type { Informer } from '../../runtime/index.js';
import type { Draft } from '../store/json.js';
import { at, copyRecord, numberAt, recordAt, recordsAt, stringsAt, textAt } from '../store/json.js';
import type { Condition, Kit, Running, StandInOptions } from './kit.js';
import { byController, conditionOf, controllerReference, isActive, keyOf, readySince, runStandIn, splitKey } from './kit.js';

/** A stand-in for the Job controller: NonIndexed Jobs. Semantics: Kubernetes, kube-controller-manager, 1.35. */
export function startJobs(options: StandInOptions): Running {
  return runStandIn('job-controller', options, (kit) => {
    const controller = new Jobs(kit);
    return (key) => controller.reconcile(key);
  });
}

interface Seen {
  readonly job: KubeObject;
  readonly active: readonly KubeObject[];
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: readonly KubeObject[];
  /** Stopped by the verdict in this pass. */
  readonly stopped: number;
}

const firstBackOffMs = 10_000;
const longestBackOffMs = 600_000;

class Jobs {
  readonly #jobs: Informer;
  readonly #pods: Informer;

  constructor(private readonly kit: Kit) {
    const { informers, queue } = kit;
    this.#jobs = informers.informer({ resource: resources.jobs });
    this.#pods = informers.informer({ resource: resources.pods }, { controller: byController });
    this.#jobs.onChange(({ after }) => after && queue.add(keyOf(after)));
    this.#pods.onChange(({ before, after }) => {
      const pod = after ?? before;
      const owner = pod && controllerOf(pod.metadata);
      if (pod && owner?.kind === 'Job') queue.add(`${pod.metadata.namespace ?? ''}/${owner.name}`);
    });
  }

  async reconcile(key: string): Promise<void> {
    const { namespace, name } = splitKey(key);
    const job = this.#jobs.get(namespace, name);
    if (!job || job.metadata.deletionTimestamp !== undefined) return;
    if (isOver(job)) return this.#expire(job);
    const seen = this.#look(job);
    const verdict = announcedVerdict(job) ?? this.#judge(seen);
    if (verdict || isSuspended(job)) await this.#stopPods(seen.active);
    else await this.#startPods(seen);
    // Pods that are stopped by the verdict count as failed, though they will be gone before they say so.
    const after = this.#look(job);
    await this.#writeStatus({ ...after, stopped: verdict?.type === 'Failed' ? seen.active.length : 0 }, verdict);
  }

  #look(job: KubeObject): Seen {
    const pods = this.#pods.byIndex('controller', job.metadata.uid);
    const phase = (wanted: string): readonly KubeObject[] => pods.filter((pod) => textAt(pod, 'status', 'phase') === wanted);
    return {
      job,
      active: pods.filter(isActive),
      terminating: pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length,
      succeeded: phase('Succeeded').length,
      failed: phase('Failed'),
      stopped: 0,
    };
  }

  #judge({ job, succeeded, failed, active }: Seen): Condition | undefined {
    const now = this.kit.now();
    const deadline = deadlineAt(job);
    if (deadline !== undefined && now >= deadline && !isSuspended(job)) {
      return { type: 'Failed', status: 'True', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
    }
    if (deadline !== undefined) this.kit.queue.addAt(keyOf(job), deadline);
    if (failed.length > (numberAt(job, 'spec', 'backoffLimit') ?? 6)) {
      return { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
    }
    const completions = numberAt(job, 'spec', 'completions');
    const isDone = completions === undefined ? succeeded > 0 && active.length === 0 : succeeded >= completions;
    return isDone
      ? { type: 'Complete', status: 'True', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
      : undefined;
  }

  async #startPods({ job, active, terminating, succeeded, failed }: Seen): Promise<void> {
    const parallelism = numberAt(job, 'spec', 'parallelism') ?? 1;
    const completions = numberAt(job, 'spec', 'completions');
    const wanted =
      completions === undefined ? (succeeded > 0 ? active.length : parallelism) : Math.min(parallelism, completions - succeeded);
    const missing = wanted - active.length - terminating;
    if (missing < 0) return this.#stopPods(active.slice(0, Math.min(active.length, -missing)));
    if (missing === 0) return;
    const waitsUntil = backOffUntil(failed);
    if (waitsUntil !== undefined && waitsUntil > this.kit.now()) {
      this.kit.queue.addAt(keyOf(job), waitsUntil);
      return;
    }
    for (let i = 0; i < missing; i++) {
      const pod = await this.kit.cluster.create(resources.pods, renderPod(job));
      await this.kit.recordEvent(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    }
  }

  async #stopPods(pods: readonly KubeObject[]): Promise<void> {
    for (const { metadata } of pods) {
      const ref = { resource: resources.pods, namespace: metadata.namespace ?? 'default', name: metadata.name };
      await this.kit.cluster.delete(ref, { preconditions: { uid: metadata.uid } }).catch((error: unknown) => {
        if (!hasCode(error, 'not-found', 'conflict')) throw error;
      });
    }
  }

  async #writeStatus(seen: Seen, verdict: Condition | undefined): Promise<void> {
    const { job } = seen;
    const status = jobStatus(seen, verdict, this.kit.now());
    if (isEqual(status, job.status)) return;
    const { namespace = 'default', name } = job.metadata;
    const object: NewObject = { ...job, status };
    await this.kit.cluster.replace({ resource: resources.jobs, namespace, name }, object, { subresource: 'status' });
    if (verdict)
      await this.kit.recordEvent(job, verdict.type === 'Failed' ? 'Warning' : 'Normal', eventReason(verdict), verdict.message ?? '');
  }

  /** A finished Job with a time to live goes when it is over. */
  async #expire(job: KubeObject): Promise<void> {
    const seconds = numberAt(job, 'spec', 'ttlSecondsAfterFinished');
    const finished = recordsAt(job, 'status', 'conditions').find(
      (condition) => condition['type'] === 'Complete' || condition['type'] === 'Failed',
    );
    const since = parseTime(textAt(finished, 'lastTransitionTime') ?? '');
    if (seconds === undefined || since === undefined) return;
    const at = since + seconds * 1000;
    if (at > this.kit.now()) {
      this.kit.queue.addAt(keyOf(job), at);
      return;
    }
    const { namespace = 'default', name, uid } = job.metadata;
    await this.kit.cluster.delete(
      { resource: resources.jobs, namespace, name },
      { propagationPolicy: 'Foreground', preconditions: { uid } },
    );
  }
}

function isOver(job: KubeObject): boolean {
  return ['Complete', 'Failed'].some((type) => conditionOf(job, type)?.['status'] === 'True');
}

function isSuspended(job: KubeObject): boolean {
  return at(job, 'spec', 'suspend') === true;
}

function deadlineAt(job: KubeObject): EpochMs | undefined {
  const seconds = numberAt(job, 'spec', 'activeDeadlineSeconds');
  const start = parseTime(textAt(job, 'status', 'startTime') ?? '');
  return seconds === undefined || start === undefined ? undefined : start + seconds * 1000;
}

/** After the n-th failure a new pod waits 10 s times two to the n-1, counted from the failure. */
function backOffUntil(failed: readonly KubeObject[]): EpochMs | undefined {
  if (failed.length === 0) return undefined;
  const ends = failed.flatMap((pod) =>
    recordsAt(pod, 'status', 'containerStatuses').map(
      (status) => parseTime(textAt(status, 'state', 'terminated', 'finishedAt') ?? '') ?? 0,
    ),
  );
  return Math.max(0, ...ends) + Math.min(longestBackOffMs, firstBackOffMs * 2 ** Math.min(failed.length - 1, 10));
}

function eventReason(verdict: Condition): string {
  return verdict.type === 'Failed' ? (verdict.reason ?? 'Failed') : 'Completed';
}

/** The end is announced first, and true once the last pod is gone. */
function announcedVerdict(job: KubeObject): Condition | undefined {
  for (const [announced, type] of [
    ['FailureTarget', 'Failed'],
    ['SuccessCriteriaMet', 'Complete'],
  ] as const) {
    const found = conditionOf(job, announced);
    if (found?.['status'] === 'True')
      return { type, status: 'True', reason: textAt(found, 'reason') ?? '', message: textAt(found, 'message') ?? '' };
  }
  return undefined;
}

function isFinal({ active, terminating }: Seen, verdict: Condition | undefined): boolean {
  return verdict !== undefined && active.length === 0 && terminating === 0;
}

function jobStatus(seen: Seen, verdict: Condition | undefined, now: EpochMs): Draft {
  const { job, active, terminating, succeeded, failed, stopped } = seen;
  const time = renderWholeSeconds(now);
  const counts = { active: active.length, succeeded, failed: Math.max(failed.length + stopped, numberAt(job, 'status', 'failed') ?? 0) };
  const startTime = startTimeOf(job, time);
  const conditions = conditionsOf(seen, verdict, time);
  return {
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(startTime === undefined ? {} : { startTime }),
    ...(verdict?.type === 'Complete' && isFinal(seen, verdict) ? { completionTime: time } : {}),
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminating,
    uncountedTerminatedPods: {},
    ready: active.filter((pod) => readySince(pod) !== undefined).length,
  };
}

/** A Job starts anew when it is resumed; until then it keeps the time of its last start. */
function startTimeOf(job: KubeObject, time: string): string | undefined {
  const before = textAt(job, 'status', 'startTime');
  if (isSuspended(job)) return before;
  return conditionOf(job, 'Suspended')?.['status'] === 'True' ? time : (before ?? time);
}

/** Suspended from the first suspension on: then it says True or False for ever. */
function suspension(job: KubeObject, time: string): Draft | undefined {
  const before = conditionOf(job, 'Suspended');
  const status = isSuspended(job) ? 'True' : 'False';
  if (before === undefined && status === 'False') return undefined;
  if (before?.['status'] === status) return before;
  const words = isSuspended(job) ? { reason: 'JobSuspended', message: 'Job suspended' } : { reason: 'JobResumed', message: 'Job resumed' };
  return { type: 'Suspended', status, lastProbeTime: time, lastTransitionTime: time, ...words };
}

function conditionsOf(seen: Seen, verdict: Condition | undefined, time: string): readonly Draft[] {
  const before = recordsAt(seen.job, 'status', 'conditions');
  const suspended = suspension(seen.job, time);
  if (verdict === undefined) return suspended ? [suspended] : before;
  const announced = verdict.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  const types = isFinal(seen, verdict) ? [announced, verdict.type] : [announced];
  const told = types.map(
    (type) => before.find((condition) => condition['type'] === type) ?? { ...verdict, type, lastProbeTime: time, lastTransitionTime: time },
  );
  return suspended ? [suspended, ...told] : told;
}

function renderPod(job: KubeObject): NewObject {
  const template = copyRecord(at(job, 'spec', 'template'));
  const annotations = recordAt(template, 'metadata')['annotations'];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${job.metadata.name}-`,
      namespace: job.metadata.namespace ?? 'default',
      labels: stringsAt(template, 'metadata', 'labels'),
      ...(annotations === undefined ? {} : { annotations: stringsAt(template, 'metadata', 'annotations') }),
      ownerReferences: [controllerReference(job)],
    },
    spec: template['spec'],
  };
}
