import { labelSelector } from './common.js';
import { podTemplate } from './kubernetes.js';
import { rolloutStatus } from './rollout-status.js';
import { strategy } from './rollout-strategy.js';
import type { Rule, Schema } from './schema.js';
import { count, flag, object, text, time, word } from './schema.js';

const workloadRef = object('Takes the pod template from another object of the namespace instead of from template.', {
  apiVersion: text('apps/v1 for a Deployment or ReplicaSet, v1 for a PodTemplate.'),
  kind: text('Deployment, ReplicaSet or PodTemplate.'),
  name: text('Name of the object.'),
  scaleDown: word('When a Deployment is scaled to 0: never (default), onsuccess of the first version, or progressively.', [
    ...['', 'never', 'onsuccess', 'progressively'],
  ]),
});

const rules: readonly Rule[] = [
  {
    rule: 'has(self.workloadRef) || has(self.selector)',
    message: "Rollout has missing field '.spec.selector'",
    fieldPath: '.selector',
  },
  {
    rule: 'has(self.workloadRef) || has(self.template)',
    message: "Rollout has missing field '.spec.template'",
    fieldPath: '.template',
  },
  {
    rule: 'has(self.strategy)',
    message: "Rollout has missing field '.spec.strategy.canary or .spec.strategy.blueGreen'",
    fieldPath: '.strategy',
  },
  {
    rule: '(has(self.progressDeadlineSeconds) ? self.progressDeadlineSeconds : 600) > (has(self.minReadySeconds) ? self.minReadySeconds : 0)',
    message: 'progressDeadlineSeconds must be greater than minReadySeconds',
    fieldPath: '.progressDeadlineSeconds',
  },
];

const spec = object(
  'What is wanted.',
  {
    replicas: count('Pods. Default: 1.'),
    selector: {
      ...labelSelector('Selector of the pods; cannot be changed. Default with workloadRef: that of the workload.'),
      'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: '.spec.selector is immutable' }],
    },
    template: podTemplate('Template of the pods. A change is a new version.'),
    workloadRef,
    minReadySeconds: count('Seconds a pod must be ready before it counts as available. Default: 0.'),
    rollbackWindow: object('Going back to one of the latest versions skips all steps.', {
      revisions: count('How many revisions back.'),
    }),
    revisionHistoryLimit: count('Old ReplicaSets to keep. Default: 10.'),
    paused: flag('Holds the rollout where it is. Default: false.'),
    progressDeadlineSeconds: count('Seconds without progress after which the rollout is Degraded. Default: 600.'),
    progressDeadlineAbort: flag('Abort the update when the progress deadline passes. Default: false.'),
    restartAt: time('Pods that were created before this are restarted.'),
    analysis: object('History of AnalysisRuns and Experiments.', {
      successfulRunHistoryLimit: count('Successful ones to keep. Default: 5.'),
      unsuccessfulRunHistoryLimit: count('Failed, inconclusive and erroneous ones to keep. Default: 5.'),
    }),
    strategy,
  },
  { rules },
);

export const rollout: Schema = object(
  'A Rollout runs pods like a Deployment and takes each new version out as its strategy says.',
  { spec, status: rolloutStatus },
  { required: ['spec'] },
);
