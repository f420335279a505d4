import { jobHandleKeys } from '../../api/analysis-jobs.js';
import type { KubeObject } from '../../api/kube.js';
import { controllerOf, resources } from '../../api/kube.js';
import type { Cluster, ObjectRef } from '../../cluster/cluster.js';
import type { Sample, StringMap } from '../../core/analysis/sample.js';
import { ControllerError, hasCode } from '../../lib/errors.js';
import type { MeasureContext, MeasureRequest, MetricProvider } from '../provider.js';
import { asObject, recordIn, recordsIn, textIn } from '../section.js';
import type { JobPlace } from './render.js';
import { assessJob, handleOf, nextLookAt, renderJob, terminalProblem } from './render.js';

export interface JobDeps {
  /** Where Jobs run. */
  readonly cluster: Cluster;
  /** Present: all Jobs go there. */
  readonly namespace?: string;
  /** The cluster is not the runs' own, so they cannot own Jobs there. */
  readonly foreignCluster?: boolean;
}

/** How much of a failed pod's log goes into the measurement's metadata: its message stays upstream's, which other tools show. */
const logLines = 10;
const logBytes = 2_048;

/** Semantics: Argo Rollouts, analysis 4.3. Differs: the end of the log of a failed pod is kept in its metadata; the Job is read live, never missed. */
export function jobProvider(deps: JobDeps): MetricProvider {
  return {
    kind: 'job',
    target: () => 'jobs',
    describe: () => ({}),
    measure: (request, context) => createJob(request, context, deps),
    resume: (request, handle, context) => lookAtJob(request, handle, context, deps),
    discard: (handle, signal) => removeJob(handle, signal, deps),
  };
}

function placeOf({ run }: MeasureRequest, deps: JobDeps): JobPlace {
  const namespace = deps.namespace ?? run.namespace;
  return { namespace, besideRun: namespace === run.namespace && deps.foreignCluster !== true };
}

async function createJob(request: MeasureRequest, context: MeasureContext, deps: JobDeps): Promise<Sample> {
  const place = placeOf(request, deps);
  const wanted = renderJob(request.metric, request.run, request.ordinal, place);
  const job = await createOrAdopt(wanted, request, place, context, deps);
  return { kind: 'running', handle: handleOf(job), resumeAt: context.now() };
}

async function createOrAdopt(
  wanted: ReturnType<typeof renderJob>,
  request: MeasureRequest,
  place: JobPlace,
  { signal }: MeasureContext,
  { cluster }: JobDeps,
): Promise<KubeObject> {
  try {
    return await cluster.create(resources.jobs, wanted, { signal });
  } catch (error) {
    if (!hasCode(error, 'already-exists')) throw error;
    const name = wanted.metadata.name ?? '';
    const existing = await cluster.get({ resource: resources.jobs, namespace: place.namespace, name }, { signal });
    // Names carry the run's uid: one beside the run was made by it before a crash, unless somebody else forged the name.
    if (!place.besideRun || controllerOf(existing.metadata)?.uid === request.run.uid) return existing;
    throw new ControllerError(
      'already-exists',
      `Job ${name} exists and is not controlled by AnalysisRun ${request.run.name}`,
      {},
      { cause: error },
    );
  }
}

function refOf(handle: StringMap): ObjectRef | undefined {
  const { [jobHandleKeys.name]: name, [jobHandleKeys.namespace]: namespace } = handle;
  return name === undefined || namespace === undefined ? undefined : { resource: resources.jobs, namespace, name };
}

async function lookAtJob(request: MeasureRequest, handle: StringMap, context: MeasureContext, deps: JobDeps): Promise<Sample> {
  const ref = refOf(handle);
  if (ref === undefined) throw new ControllerError('internal', 'the measurement does not name its Job');
  const { signal } = context;
  const job = await deps.cluster.get(ref, { signal });
  const verdict = assessJob(job);
  if (verdict?.phase === 'Failed') return { ...verdict, ...(await logOfFailure(job, signal, deps)) };
  if (verdict !== undefined) return verdict;
  const { startedAt } = request;
  const problem = terminalProblem(await podsOf(job, signal, deps), context.now() - startedAt);
  if (problem !== undefined) return { kind: 'verdict', phase: 'Inconclusive', message: problem };
  return { kind: 'running', handle, resumeAt: nextLookAt(context.now(), startedAt) };
}

async function podsOf(job: KubeObject, signal: AbortSignal, { cluster }: JobDeps): Promise<readonly KubeObject[]> {
  const { namespace = '' } = job.metadata;
  const labelSelector = podSelector(job);
  if (labelSelector === '') return [];
  const { items } = await cluster.list({ resource: resources.pods, namespace, labelSelector }, { signal });
  return items;
}

/** The labels the Job controller selects its pods by. */
function podSelector(job: KubeObject): string {
  const labels = asObject(asObject(job.spec?.['selector'])['matchLabels']);
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${textIn(value)}`)
    .join(',');
}

/** The last lines a failed pod printed: what its author wants to know first. Never a reason to fail. */
async function logOfFailure(job: KubeObject, signal: AbortSignal, deps: JobDeps): Promise<{ readonly metadata?: StringMap }> {
  try {
    const pods = await podsOf(job, signal, deps);
    const pod = pods.find(({ status }) => status?.['phase'] === 'Failed') ?? pods.at(-1);
    if (pod === undefined) return {};
    const ref: ObjectRef = { resource: resources.pods, namespace: pod.metadata.namespace ?? '', name: pod.metadata.name };
    let text = '';
    const options = { ...failedContainer(pod), tailLines: logLines, limitBytes: logBytes, signal };
    for await (const chunk of deps.cluster.podLogs(ref, options)) text += chunk;
    return text.trim() === '' ? {} : { metadata: { pod: pod.metadata.name, log: text.trim() } };
  } catch {
    // Logs need a permission of their own and may be gone; the verdict stands without them.
    return {};
  }
}

/** A pod of several containers has a log for each. */
function failedContainer(pod: KubeObject): { readonly container?: string } {
  const statuses = recordsIn(pod.status?.['containerStatuses']);
  const failed = statuses.find(({ state }) => Number(recordIn(recordIn(state)['terminated'])['exitCode'] ?? 0) !== 0);
  const name = textIn((failed ?? statuses[0])?.['name']);
  return name === '' ? {} : { container: name };
}

async function removeJob(handle: StringMap, signal: AbortSignal, { cluster }: JobDeps): Promise<void> {
  const ref = refOf(handle);
  if (ref === undefined) return;
  try {
    await cluster.delete(ref, { propagationPolicy: 'Foreground', signal });
  } catch (error) {
    if (!hasCode(error, 'not-found')) throw error;
  }
}
