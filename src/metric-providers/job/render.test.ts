import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../api/kube.js';
import { aMetric, t0 } from '../../testing/analysis.js';
import { assessJob, jobName, nextLookAt, renderJob, terminalProblem } from './render.js';

const run = { namespace: 'shop', name: 'run', uid: '01234567-89ab-cdef-0123-456789abcdef', startedAt: t0 };

describe('jobName (analysis 4.3)', () => {
  it.each([
    { metric: 'check', ordinal: 1, name: `${run.uid}.check.1` },
    { metric: 'a-name-of-a-metric-that-is-far-too-long', ordinal: 12, name: `${run.uid}.a-name-of-a-metric-that.12` },
    { metric: 'Error_Rate', ordinal: 1, name: `${run.uid}.error-rate.1` },
    { metric: 'über alles', ordinal: 1, name: `${run.uid}.ber-alles.1` },
    { metric: '___', ordinal: 1, name: `${run.uid}.1` },
    { metric: 'a..b-.c', ordinal: 1, name: `${run.uid}.a.b.c.1` },
  ])('$metric #$ordinal', ({ metric, ordinal, name }) => {
    expect(jobName(run, metric, ordinal)).toBe(name);
    expect(name.length).toBeLessThanOrEqual(63);
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
  });
});

describe('renderJob', () => {
  const template = { metadata: { labels: { app: 'check' } }, spec: { containers: [{ name: 'c', image: 'x' }] } };
  const metric = aMetric({
    name: 'check',
    provider: { metadata: { labels: { who: 'me' }, annotations: { why: 'so' }, name: 'ignored' }, spec: { backoffLimit: 0, template } },
  });

  it('labels the Job and its pods with the run, which owns it', () => {
    expect(renderJob(metric, run, 3, { namespace: 'shop', besideRun: true })).toEqual({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: `${run.uid}.check.3`,
        namespace: 'shop',
        labels: { who: 'me', 'analysisrun.argoproj.io/uid': run.uid },
        annotations: {
          why: 'so',
          'analysisrun.argoproj.io/name': 'run',
          'analysisrun.argoproj.io/namespace': 'shop',
          'analysisrun.argoproj.io/metric-name': 'check',
        },
        ownerReferences: [
          {
            apiVersion: 'argoproj.io/v1alpha1',
            kind: 'AnalysisRun',
            name: 'run',
            uid: run.uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: { backoffLimit: 0, template: { ...template, metadata: { labels: { app: 'check', 'analysisrun.argoproj.io/uid': run.uid } } } },
    });
  });

  it('has no owner in another namespace', () => {
    expect(renderJob(metric, run, 1, { namespace: 'jobs', besideRun: false }).metadata).not.toHaveProperty('ownerReferences');
  });
});

const object = (status: JsonObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Any',
  metadata: { name: 'pod-1', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  status,
});

describe('assessJob', () => {
  it.each([
    { conditions: [{ type: 'Complete', status: 'True' }], phase: 'Successful' },
    { conditions: [{ type: 'SuccessCriteriaMet', status: 'True' }], phase: undefined },
    { conditions: [{ type: 'Complete', status: 'False' }], phase: undefined },
    {
      conditions: [
        { type: 'FailureTarget', status: 'True' },
        { type: 'Failed', status: 'True' },
      ],
      phase: 'Failed',
    },
    { conditions: [], phase: undefined },
  ])('$conditions: $phase', ({ conditions, phase }) => {
    expect(assessJob(object({ conditions }))?.phase).toBe(phase);
  });
});

describe('terminalProblem', () => {
  const waiting = (reason: string, field = 'containerStatuses') => [
    object({ [field]: [{ name: 'c', state: { waiting: { reason, message: 'image not found\n' } } }] }),
  ];
  it.each([
    { reason: 'ErrImagePull', afterMs: 0, text: 'Pod pod-1, container c has terminal error (ErrImagePull): image not found\n' },
    {
      reason: 'InvalidImageName',
      field: 'initContainerStatuses',
      afterMs: 0,
      text: 'Pod pod-1, container c has terminal error (InvalidImageName): image not found\n',
    },
    { reason: 'ContainerCreating', afterMs: 600_000, text: undefined },
    { reason: 'CreateContainerConfigError', afterMs: 60_000, text: undefined },
    {
      reason: 'CreateContainerConfigError',
      afterMs: 121_000,
      text: 'Pod pod-1, container c has terminal error (CreateContainerConfigError): image not found\n',
    },
  ])('$reason after $afterMs ms: $text', ({ reason, field, afterMs, text }) => {
    expect(terminalProblem(waiting(reason, field), afterMs)).toBe(text);
  });
});

describe('nextLookAt', () => {
  it.each([
    { elapsed: 0, wait: 1_000 },
    { elapsed: 2_000, wait: 2_000 },
    { elapsed: 50_000, wait: 10_000 },
    { elapsed: 1_800_000, wait: 60_000 },
    { elapsed: -5_000, wait: 1_000 },
  ])('after $elapsed ms: $wait ms later', ({ elapsed, wait }) => {
    expect(nextLookAt(t0 + elapsed, t0)).toBe(t0 + elapsed + wait);
  });
});
