import type { JsonObject, KubeObject } from '../../src/api/kube.js';
import { resources } from '../../src/api/kube.js';
import { aWorkload, change, hasCondition, hasStatus, podsAtRest, podTemplate, shownPods, statusAtRest, untilGone } from './at-rest.js';
import type { Recorder } from './recorder.js';
import type { Sequence } from './sequence.js';
import { sequence } from './sequence.js';

const { jobs } = resources;

async function make(to: Recorder, command: string, spec: JsonObject = {}, podSpec: JsonObject = {}): Promise<void> {
  const template = podTemplate('work', { command: ['sh', '-c', command] }, { restartPolicy: 'Never', ...podSpec });
  await to.cluster.create(jobs, aWorkload(to, jobs, 'job', { template, ...spec }));
}

const rest = (to: Recorder, label: string, pleases: (object: KubeObject) => boolean): Promise<void> =>
  statusAtRest(to, label, jobs, 'job', pleases);
const podsLeft = async (to: Recorder, count: number): Promise<void> =>
  to.fact('pods', shownPods(await podsAtRest(to, 'work', (list) => list.length === count)));

/** The Job stand-in against the real controller. */
export const jobLives: readonly Sequence[] = [
  sequence('life of a Job: while it runs', async (to) => {
    await make(to, 'sleep 600', { parallelism: 2, completions: 3 });
    await rest(to, 'running', hasStatus({ active: 2, ready: 2 }));
    await podsLeft(to, 2);
    await change(to, jobs, 'job', { parallelism: 1 });
    await rest(to, 'narrowed', hasStatus({ active: 1, ready: 1, terminating: 0 }));
  }),

  sequence('life of a Job: it completes', async (to) => {
    await make(to, 'sleep 1', { parallelism: 2, completions: 3 });
    await rest(to, 'complete', hasCondition('Complete', 'True'));
    await podsLeft(to, 3);
  }),

  sequence('life of a Job: it fails', async (to) => {
    await make(to, 'exit 1', { backoffLimit: 0 });
    await rest(to, 'failed', hasCondition('Failed', 'True'));
    await podsLeft(to, 1);
  }),

  sequence('life of a Job: one of its pods fails too often, the other is stopped', async (to) => {
    await make(to, 'sleep 600', { backoffLimit: 0, parallelism: 2, completions: 2 });
    await rest(to, 'running', hasStatus({ active: 2, ready: 2 }));
    const [first] = await podsAtRest(to, 'work', (list) => list.length === 2);
    const ref = { resource: resources.pods, namespace: to.namespace, name: first?.metadata.name ?? '' };
    await to.cluster.patch(ref, { kind: 'merge', body: { status: { phase: 'Failed' } } }, { subresource: 'status' });
    await rest(to, 'failed', hasCondition('Failed', 'True'));
    await podsLeft(to, 1);
  }),

  sequence('life of a Job: its time is up', async (to) => {
    await make(to, 'sleep 600', { activeDeadlineSeconds: 2 });
    await rest(to, 'failed', hasCondition('Failed', 'True'));
    await podsLeft(to, 0);
  }),

  sequence('life of a Job: suspended and resumed', async (to) => {
    await make(to, 'sleep 600', { suspend: true });
    await rest(to, 'suspended from the start', hasCondition('Suspended', 'True'));
    await change(to, jobs, 'job', { suspend: false });
    await rest(to, 'resumed', hasStatus({ active: 1, ready: 1 }));
    await change(to, jobs, 'job', { suspend: true });
    await rest(to, 'suspended', (object) => hasCondition('Suspended', 'True')(object) && hasStatus({ active: 0, terminating: 0 })(object));
  }),

  sequence('life of a Job: its pods are left', async (to) => {
    await make(to, 'sleep 600');
    await rest(to, 'running', hasStatus({ active: 1, ready: 1 }));
    await to.cluster.delete({ resource: jobs, namespace: to.namespace, name: 'job' }, { propagationPolicy: 'Orphan' });
    await untilGone(to, jobs, 'job');
    await podsLeft(to, 1);
  }),

  sequence('life of a Job: it is collected a while after its end', async (to) => {
    await make(to, 'exit 0', { ttlSecondsAfterFinished: 1 });
    await untilGone(to, jobs, 'job');
    await podsLeft(to, 0);
  }),
];
