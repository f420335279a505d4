import { describe, expect, it } from '@jest/globals';
import { parseAnalysisRun, parseExperiment, parseReplicaSet, parseService } from '../../api/index.js';
import type { AnalysisRun } from '../../api/analysis-types.js';
import type { Json, JsonObject, KubeObject } from '../../api/kube.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import { renderWholeSeconds } from '../../lib/time.js';
import { aTemplate, t0 } from '../../testing/analysis.js';
import { longestDrainMs, planExperiment } from './plan.js';
import type { ExperimentPlan, ObservedExperiment } from './types.js';

const metadata = { name: 'ex', namespace: 'shop', uid: 'uid-ex', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const podTemplate = {
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80 }, { containerPort: 81, protocol: 'UDP' }] }] },
};
const template = (fields: JsonObject = {}): JsonObject => ({
  name: 'one',
  replicas: 2,
  selector: { matchLabels: { app: 'x' } },
  template: podTemplate,
  ...fields,
});

interface Fields {
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  readonly pods?: { readonly replicas: number; readonly available: number; readonly deadline?: number };
}

function object(kind: string, name: string, more: JsonObject = {}): KubeObject {
  const { annotations, labels, ...rest } = more as Record<string, Json>;
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:05Z',
      annotations: { 'experiment.argoproj.io/template-name': 'one', ...(annotations as Record<string, string>) },
      labels: { app: 'x', 'rollouts-pod-template-hash': 'abc', ...(labels as Record<string, string>) },
    },
    ...rest,
  };
}

function aReplicaSet({ replicas, available, deadline }: NonNullable<Fields['pods']>): ReplicaSet {
  const annotations = deadline === undefined ? {} : { 'scale-down-deadline': renderWholeSeconds(deadline) };
  return parseReplicaSet(
    object('ReplicaSet', 'ex-one', {
      annotations,
      spec: { replicas },
      status: { replicas, readyReplicas: available, availableReplicas: available },
    }),
  );
}

function aRunOf(phase: string, spec: JsonObject = {}, name = 'ex-check'): AnalysisRun {
  return parseAnalysisRun(
    object('AnalysisRun', name, {
      spec: { metrics: [], ...spec },
      status: { phase, message: phase === 'Successful' ? '' : `is ${phase}` },
    }),
  ).run;
}

function seen({ spec = {}, status, pods }: Fields = {}, more: Partial<ObservedExperiment> = {}): ObservedExperiment {
  const raw: KubeObject = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Experiment',
    metadata,
    spec: { templates: [template()], ...spec },
    ...(status === undefined ? {} : { status }),
  };
  const { experiment, errors } = parseExperiment(raw);
  return {
    now: t0 + 60_000,
    experiment,
    parseErrors: errors,
    replicaSets: pods === undefined ? [] : [aReplicaSet(pods)],
    services: [],
    runs: [],
    foreignReplicaSets: new Set(),
    foreignServices: new Set(),
    routedServices: new Set(),
    find: ({ templateName }) => (templateName === 'rate' ? aTemplate('rate') : undefined),
    ...more,
  };
}

const available = { replicas: 2, available: 2 };
const pending = {
  phase: 'Pending',
  templateStatuses: [{ name: 'one', status: 'Progressing', replicas: 2, lastTransitionTime: '2026-01-01T00:00:00Z' }],
};
const running = {
  phase: 'Running',
  availableAt: '2026-01-01T00:00:00Z',
  templateStatuses: [
    { name: 'one', status: 'Running', replicas: 2, readyReplicas: 2, availableReplicas: 2, lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
};
const analyses = [{ name: 'check', templateName: 'rate' }];
const noted = [{ name: 'check', analysisRun: 'ex-check', phase: 'Running' }];
const actionsOf = (plan: ExperimentPlan): readonly string[] =>
  plan.actions.map((action) =>
    action.kind === 'scale'
      ? `scale ${action.replicas ?? '-'} ${action.deadline === undefined ? '' : String(action.deadline)}`.trim()
      : action.kind,
  );

describe('planExperiment makes', () => {
  it('the ReplicaSets first, without pods', () => {
    const plan = planExperiment(seen());
    expect(plan).toMatchObject({
      reason: 'CreatingReplicaSets',
      status: { phase: 'Pending', templateStatuses: [{ status: 'Progressing' }] },
    });
    expect(plan.actions).toMatchObject([{ kind: 'createReplicaSet', object: { metadata: { name: 'ex-one' }, spec: { replicas: 0 } } }]);
  });

  it('pods and the Service only when that is on record', () => {
    const fields = { spec: { templates: [template({ service: {} })] }, pods: { replicas: 0, available: 0 } };
    expect(actionsOf(planExperiment(seen(fields)))).toEqual([]);
    const plan = planExperiment(seen({ ...fields, status: { phase: 'Pending' } }));
    expect(actionsOf(plan)).toEqual(['createService', 'scale 2']);
    expect(plan.actions[0]).toMatchObject({
      object: {
        metadata: { name: 'ex-one' },
        spec: {
          ports: [
            { name: 'tcp-80', port: 80 },
            { name: 'udp-81', port: 81 },
          ],
        },
      },
    });
  });

  it('no Service without ports', () => {
    const bare = { ...podTemplate, spec: { containers: [{ name: 'c' }] } };
    const fields = {
      spec: { templates: [template({ service: {}, template: bare })] },
      pods: { replicas: 0, available: 0 },
      status: { phase: 'Pending' },
    };
    expect(actionsOf(planExperiment(seen(fields)))).toEqual(['scale 2']);
  });

  it('a run once the pods are on record as available', () => {
    const fields = { spec: { analyses }, pods: available };
    expect(planExperiment(seen({ ...fields, status: pending }))).toMatchObject({
      status: { phase: 'Running', availableAt: t0 + 60_000 },
      actions: [],
    });
    expect(actionsOf(planExperiment(seen({ ...fields, status: running })))).toEqual(['createRun']);
  });

  it('no second run for one that a crash left unnoted', () => {
    const plan = planExperiment(
      seen({ spec: { analyses }, pods: available, status: running }, { runs: [aRunOf('Failed', {}, 'ex-check.1')] }),
    );
    expect(plan).toMatchObject({
      actions: [{ kind: 'scale' }],
      status: { phase: 'Failed', analysisRuns: [{ analysisRun: 'ex-check.1', phase: 'Failed' }] },
    });
  });
});

describe('planExperiment judges', () => {
  const withRun = (run: AnalysisRun, spec: JsonObject = {}, status: JsonObject = running) =>
    planExperiment(seen({ spec: { analyses, ...spec }, pods: available, status: { ...status, analysisRuns: noted } }, { runs: [run] }));

  it.each([
    {
      when: 'pods are missing',
      status: pending,
      pods: { replicas: 2, available: 1 },
      now: t0 + 60_000,
      phase: 'Pending',
      template: 'Progressing',
    },
    { when: 'all are available', status: pending, pods: available, now: t0 + 60_000, phase: 'Running', template: 'Running' },
    {
      when: 'one is lost again',
      status: running,
      pods: { replicas: 2, available: 1 },
      now: t0 + 60_000,
      phase: 'Pending',
      template: 'Progressing',
    },
    {
      when: 'they took too long',
      status: pending,
      pods: { replicas: 2, available: 0 },
      now: t0 + 600_001,
      phase: 'Failed',
      template: 'Failed',
    },
    { when: 'the duration is over', status: running, pods: available, now: t0 + 120_000, phase: 'Successful', template: 'Successful' },
  ])('$phase when $when', ({ status, pods, now, phase, template: state }) => {
    const plan = planExperiment(seen({ spec: { duration: '2m' }, pods, status }, { now }));
    expect(plan.status).toMatchObject({ phase, templateStatuses: [{ status: state }] });
  });

  it.each([
    { when: 'a run failed', run: aRunOf('Failed'), phase: 'Failed', message: 'is Failed' },
    { when: 'a run is inconclusive', run: aRunOf('Inconclusive'), phase: 'Inconclusive', message: 'is Inconclusive' },
    {
      when: 'a run is inconclusive only because it was ended',
      run: aRunOf('Inconclusive', { terminate: true }),
      phase: 'Running',
      message: '',
    },
    { when: 'an optional run succeeded', run: aRunOf('Successful'), phase: 'Running', message: '' },
  ])('$phase when $when', ({ run, phase, message }) => {
    expect(withRun(run).status).toMatchObject({ phase, message });
  });

  it('Successful when the required runs are', () => {
    expect(withRun(aRunOf('Successful'), { analyses: [{ ...analyses[0], requiredForCompletion: true }] }).status.phase).toBe('Successful');
  });

  it('at the end of the duration what optional runs say when they are ended', () => {
    const at = (run: AnalysisRun) =>
      planExperiment(
        seen({ spec: { analyses, duration: '30s' }, pods: available, status: { ...running, analysisRuns: noted } }, { runs: [run] }),
      );
    expect(at(aRunOf('Running'))).toMatchObject({
      status: { phase: 'Running', templateStatuses: [{ status: 'Successful' }] },
      reason: 'WaitingForAnalyses',
    });
    expect(actionsOf(at(aRunOf('Running')))).toContain('terminateRun');
    expect(at(aRunOf('Failed', { terminate: true })).status.phase).toBe('Failed');
    expect(at(aRunOf('Successful', { terminate: true })).status.phase).toBe('Successful');
  });

  it('at the end of the duration waits for required runs', () => {
    const spec = { analyses: [{ ...analyses[0], requiredForCompletion: true }], duration: '30s' };
    const plan = withRun(aRunOf('Running'), spec);
    expect(plan.status.phase).toBe('Running');
    expect(actionsOf(plan)).not.toContain('terminateRun');
  });

  it('an Error when a run is gone', () => {
    const plan = planExperiment(seen({ spec: { analyses }, pods: available, status: { ...running, analysisRuns: noted } }));
    expect(plan.status).toMatchObject({ phase: 'Error', message: "AnalysisRun 'ex-check' is gone" });
  });

  it('nothing anew once completed, but follows its runs to the end', () => {
    const plan = withRun(aRunOf('Successful', { terminate: true }), {}, { ...running, phase: 'Failed', message: 'why' });
    expect(plan.status).toMatchObject({ phase: 'Failed', message: 'why', analysisRuns: [{ phase: 'Successful' }] });
  });
});

describe('planExperiment takes pods away', () => {
  const over = {
    phase: 'Successful',
    templateStatuses: [{ name: 'one', status: 'Successful', replicas: 2, readyReplicas: 2, availableReplicas: 2 }],
  };
  const now = t0 + 60_000;
  it.each([
    { when: 'the end is new', pods: available, spec: {}, actions: [`scale - ${now + 30_000}`], requeueAt: undefined },
    { when: 'there is no delay', pods: available, spec: { scaleDownDelaySeconds: 0 }, actions: ['scale 0'], requeueAt: undefined },
    { when: 'the delay goes on', pods: { ...available, deadline: now + 5_000 }, spec: {}, actions: [], requeueAt: now + 5_000 },
    { when: 'the delay is over', pods: { ...available, deadline: now }, spec: {}, actions: ['scale 0'], requeueAt: now + longestDrainMs },
    { when: 'they are gone', pods: { replicas: 0, available: 0, deadline: now }, spec: {}, actions: [], requeueAt: undefined },
  ])('$actions when $when', ({ pods, spec, actions, requeueAt }) => {
    const plan = planExperiment(seen({ spec, pods, status: over }));
    expect(actionsOf(plan)).toEqual(actions);
    expect(plan.requeueAt).toBe(requeueAt);
  });

  it('and the Service after the last of them', () => {
    const services = [parseService(object('Service', 'ex-one'))];
    const spec = { templates: [template({ service: {} })], scaleDownDelaySeconds: 0 };
    const at = (pods: Fields['pods'], more = {}) =>
      actionsOf(planExperiment(seen({ spec, status: over, ...(pods === undefined ? {} : { pods }) }, { services, ...more })));
    expect(at(available)).toEqual(['scale 0']);
    expect(at({ replicas: 0, available: 0 })).toEqual(['deleteService']);
    expect(at({ replicas: 0, available: 0 }, { routedServices: new Set(['ex-one']) })).toEqual([]);
  });

  it('no sooner than traffic has left them, unless that takes too long', () => {
    const spec = { templates: [template({ service: {} })] };
    const at = (deadline: number) =>
      actionsOf(planExperiment(seen({ spec, status: over, pods: { ...available, deadline } }, { routedServices: new Set(['ex-one']) })));
    expect(at(now - 1_000)).toEqual([]);
    expect(at(now - longestDrainMs)).toEqual(['scale 0']);
  });

  it('and takes a deadline back when it is to run again', () => {
    expect(actionsOf(planExperiment(seen({ status: { phase: 'Pending' }, pods: { replicas: 0, available: 0, deadline: now } })))).toEqual([
      'scale 2 null',
    ]);
  });
});

describe('planExperiment refuses', () => {
  it.each([
    {
      when: 'there is no selector',
      spec: { templates: [{ name: 'one', template: podTemplate }] },
      text: "spec.templates[0].selector: Required value: Experiment has missing field '.spec.templates.selector'",
    },
    { when: 'it is empty', spec: { templates: [template({ selector: {} })] }, text: 'empty selector is invalid for experiment template' },
    {
      when: 'it does not match',
      spec: { templates: [template({ selector: { matchLabels: { app: 'y' } } })] },
      text: '`selector` does not match template `labels`',
    },
    {
      when: 'pods may be unready for too long',
      spec: { templates: [template({ minReadySeconds: 700 })] },
      text: 'spec.templates[0].minReadySeconds: Invalid value: 700: must be at most progressDeadlineSeconds',
    },
    { when: 'names repeat', spec: { templates: [template(), template()] }, text: 'Experiment templates must have unique names' },
    {
      when: 'analysis names repeat',
      spec: { analyses: [analyses[0], analyses[0]] as Json[] },
      text: 'Experiment analyses must have unique names',
    },
  ])('to act when $when', ({ spec, text }) => {
    const plan = planExperiment(seen({ spec }));
    expect(plan).toMatchObject({ reason: 'InvalidSpec', actions: [] });
    expect(plan.status.conditions[0]?.message).toContain(text);
  });
});
