import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../api/kube.js';
import { virtualScheduler } from '../lib/virtual-scheduler.js';
import { createMetrics } from './metrics.js';
import { renderObjectMetrics } from './object-metrics.js';

function someMetrics() {
  const scheduler = virtualScheduler();
  const metrics = createMetrics({ scheduler, version: '0.1.0', commit: 'abc' });
  const lines = async (name: string): Promise<string[]> =>
    (await metrics.render()).text.split('\n').filter((line) => line.startsWith(name));
  return { scheduler, metrics, lines };
}

function anObject(kind: string, name: string, parts: Pick<KubeObject, 'spec' | 'status'>, namespace = 'a'): KubeObject {
  const metadata = { namespace, name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  return { apiVersion: 'argoproj.io/v1alpha1', kind, metadata, ...parts };
}

const aCondition = (type: string, status: string, reason: string) => ({ type, status, reason });

describe('metrics of the controller', () => {
  it('count what queues do', async () => {
    const { scheduler, metrics, lines } = someMetrics();
    const queue = metrics.queue('Rollouts');
    queue.added();
    queue.waiting(3);
    queue.retried();
    queue.started(50);
    queue.finished(2_000);
    const stop = metrics.watchQueue({ name: 'Rollouts', busySince: [scheduler.now() - 4_000, scheduler.now() - 1_000] });
    expect(await lines('workqueue_adds_total')).toEqual(['workqueue_adds_total{name="Rollouts"} 1']);
    expect(await lines('workqueue_depth')).toEqual(['workqueue_depth{name="Rollouts"} 3']);
    expect(await lines('workqueue_retries_total')).toEqual(['workqueue_retries_total{name="Rollouts"} 1']);
    expect(await lines('workqueue_queue_duration_seconds_sum')).toEqual(['workqueue_queue_duration_seconds_sum{name="Rollouts"} 0.05']);
    expect(await lines('workqueue_work_duration_seconds_sum')).toEqual(['workqueue_work_duration_seconds_sum{name="Rollouts"} 2']);
    expect(await lines('workqueue_unfinished')).toEqual(['workqueue_unfinished_work_seconds{name="Rollouts"} 5']);
    expect(await lines('workqueue_longest')).toEqual(['workqueue_longest_running_processor_seconds{name="Rollouts"} 4']);
    stop();
    expect(await lines('workqueue_longest')).toEqual([]);
  });

  it('count answers of the API server without the names of objects', async () => {
    const { metrics, lines } = someMetrics();
    for (let index = 0; index < 100; index += 1) {
      metrics.answered({ call: { verb: 'get', resource: 'analysisruns', namespace: 'a', name: `run-${index}` }, status: 200 });
    }
    expect(await lines('controller_clientset')).toEqual([
      'controller_clientset_k8s_request_total{kind="analysisruns",namespace="a",status_code="200",verb="Get"} 100',
    ]);
  });

  it('drop the series of a Rollout a minute after it is gone, its events included', async () => {
    const { scheduler, metrics, lines } = someMetrics();
    metrics.reconciled('rollout', 'a/web', 120, true);
    metrics.rolloutEvent('a/web', { type: 'Normal', reason: 'RolloutPaused' });
    metrics.reconciled('rollout', 'a/other', 120, false);
    expect(await lines('rollout_reconcile_error')).toEqual(['rollout_reconcile_error{namespace="a",name="web"} 1']);
    expect(await lines('rollout_events_total')).toHaveLength(1);
    metrics.forget('rollout', 'a/web');
    await scheduler.runFor(64_000);
    expect(await lines('rollout_events_total')).toHaveLength(1);
    await scheduler.runFor(1_000);
    expect(await lines('rollout_events_total')).toEqual([]);
    expect(await lines('rollout_reconcile_error')).toEqual([]);
    expect((await lines('rollout_reconcile_count')).join()).toBe('rollout_reconcile_count{namespace="a",name="other"} 1');
  });

  it('know analysis runs by namespace only, however many there are', async () => {
    const { metrics, lines } = someMetrics();
    for (let index = 0; index < 100; index += 1) metrics.reconciled('analysis_run', `a/run-${index}`, 10, false);
    expect(await lines('analysis_run_reconcile_count')).toEqual(['analysis_run_reconcile_count{namespace="a"} 100']);
  });

  it('tell how long updates took, by their end', async () => {
    const { metrics, lines } = someMetrics();
    metrics.updateEnded({ status: 'Aborted', totalSeconds: 100, progressionSeconds: 40, manualPauseSeconds: 60 });
    expect(await lines('rollout_duration_seconds_sum')).toEqual(['rollout_duration_seconds_sum{status="Aborted"} 100']);
    expect(await lines('rollout_progression_duration_seconds_bucket{le="60"')).toEqual([
      'rollout_progression_duration_seconds_bucket{le="60",status="Aborted"} 1',
    ]);
    expect(await lines('rollout_manual_pause_duration_seconds_sum')).toEqual([
      'rollout_manual_pause_duration_seconds_sum{status="Aborted"} 60',
    ]);
  });

  it('describe objects only while somebody looks them up, and name the build', async () => {
    const { metrics, lines } = someMetrics();
    const stop = metrics.describe({ rollouts: () => [anObject('Rollout', 'web', {})] });
    expect(await lines('rollout_info{')).toHaveLength(1);
    stop();
    expect(await lines('rollout_info{')).toEqual([]);
    expect(await lines('argo_rollouts_controller_info')).toEqual(['argo_rollouts_controller_info{version="0.1.0"} 1']);
    expect((await metrics.render()).contentType).toContain('text/plain');
  });
});

describe('metrics of objects', () => {
  const linesOf = (text: string, name: string): string[] => text.split('\n').filter((line) => line.startsWith(`${name}{`));

  it.each([
    { when: 'nothing is known', status: {}, phase: 'Progressing' },
    {
      when: 'its new version is up',
      status: { conditions: [aCondition('Progressing', 'True', 'NewReplicaSetAvailable')] },
      phase: 'Completed',
    },
    { when: 'it is paused', status: { conditions: [aCondition('Progressing', 'Unknown', 'RolloutPaused')] }, phase: 'Paused' },
    {
      when: 'its deadline passed',
      status: { conditions: [aCondition('Progressing', 'False', 'ProgressDeadlineExceeded')] },
      phase: 'Timeout',
    },
    { when: 'it is aborted', status: { conditions: [aCondition('Progressing', 'False', 'RolloutAborted')] }, phase: 'Abort' },
    {
      when: 'a ReplicaSet cannot be made',
      status: { conditions: [aCondition('Progressing', 'False', 'ReplicaSetCreateError')] },
      phase: 'Error',
    },
    {
      when: 'its spec is invalid',
      status: {
        conditions: [aCondition('InvalidSpec', 'True', 'InvalidSpec'), aCondition('Progressing', 'True', 'NewReplicaSetAvailable')],
      },
      phase: 'InvalidSpec',
    },
  ])('show a Rollout as $phase when $when', ({ status, phase }) => {
    const text = renderObjectMetrics({ rollouts: () => [anObject('Rollout', 'web', { status })] }, 0);
    expect(linesOf(text, 'rollout_info')).toEqual([
      `rollout_info{namespace="a",name="web",strategy="none",traffic_router="",phase="${phase}"} 1`,
    ]);
  });

  it('show strategy, router and counts', () => {
    const spec = { replicas: 5, strategy: { canary: { trafficRouting: { managedRoutes: [], nginx: {} } } } };
    const status = { replicas: 6, availableReplicas: 4, updatedReplicas: 1 };
    const text = renderObjectMetrics({ rollouts: () => [anObject('Rollout', 'web', { spec, status })] }, 0);
    expect(linesOf(text, 'rollout_info')[0]).toContain('strategy="canary",traffic_router="Nginx"');
    for (const [name, value] of Object.entries({ available: 4, unavailable: 2, desired: 5, updated: 1 })) {
      expect(linesOf(text, `rollout_info_replicas_${name}`)).toEqual([`rollout_info_replicas_${name}{namespace="a",name="web"} ${value}`]);
    }
  });

  it('show the metrics of analysis runs, and runs no longer than an hour after their end', () => {
    const metrics = [
      { name: 'errors', provider: { prometheus: {} } },
      { name: 'other', provider: { mystery: {} } },
    ];
    const metricResults = [{ name: 'errors', phase: 'Failed', dryRun: true }];
    const run = anObject('AnalysisRun', 'run', {
      spec: { metrics },
      status: { phase: 'Failed', completedAt: '2026-01-01T00:00:00Z', metricResults },
    });
    const text = renderObjectMetrics({ analysisRuns: () => [run] }, Date.UTC(2026, 0, 1, 1));
    expect(linesOf(text, 'analysis_run_info')).toEqual(['analysis_run_info{namespace="a",name="run",phase="Failed"} 1']);
    expect(linesOf(text, 'analysis_run_metric_type')).toEqual([
      'analysis_run_metric_type{namespace="a",name="run",metric="errors",type="Prometheus"} 1',
      'analysis_run_metric_type{namespace="a",name="run",metric="other",type="Unknown Provider"} 1',
    ]);
    expect(linesOf(text, 'analysis_run_metric_phase')).toEqual([
      'analysis_run_metric_phase{namespace="a",name="run",metric="errors",type="Prometheus",dry_run="true",phase="Failed"} 1',
    ]);
    expect(renderObjectMetrics({ analysisRuns: () => [run] }, Date.UTC(2026, 0, 1, 1, 0, 1))).toBe('');
  });

  it('show experiments and templates, and survive nonsense', () => {
    const broken = anObject('Rollout', 'x"\\\n', {});
    const text = renderObjectMetrics(
      {
        rollouts: () => [{ ...broken, spec: { strategy: 7 }, status: { conditions: 'none', replicas: 'many' } }],
        experiments: () => [anObject('Experiment', 'e', { status: { phase: 'Running' } })],
        analysisTemplates: () => [anObject('AnalysisTemplate', 't', { spec: { metrics: [{ name: 'm', provider: { web: {} } }] } })],
        clusterAnalysisTemplates: () => [anObject('ClusterAnalysisTemplate', 'ct', { spec: {} }, '')],
      },
      0,
    );
    expect(text).toContain('rollout_info{namespace="a",name="x\\"\\\\\\n",strategy="none"');
    expect(linesOf(text, 'experiment_phase')).toEqual(['experiment_phase{namespace="a",name="e",phase="Running"} 1']);
    expect(linesOf(text, 'analysis_template_info')).toHaveLength(2);
    expect(linesOf(text, 'analysis_template_metric_info')).toEqual([
      'analysis_template_metric_info{namespace="a",name="t",type="Web",metric="m"} 1',
    ]);
  });

  it('are made for 10,000 Rollouts in well under a second', () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      anObject('Rollout', `web-${index}`, { spec: { replicas: 1 }, status: { replicas: 1 } }),
    );
    const since = performance.now();
    expect(linesOf(renderObjectMetrics({ rollouts: () => many }, 0), 'rollout_info')).toHaveLength(10_000);
    expect(performance.now() - since).toBeLessThan(2_000);
  });
});
