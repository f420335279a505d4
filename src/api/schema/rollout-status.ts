import { conditions } from './common.js';
import type { Schema } from './schema.js';
import { flag, int, keyed, list, object, text, time } from './schema.js';

/*
 * Status is what controllers wrote, of this and of other versions: nothing is required, nothing is bounded, and what is not known here stays.
 */

const runStatus = (description: string): Schema =>
  object(description, {
    name: text('Name of the AnalysisRun.'),
    status: text('Phase of the AnalysisRun.'),
    message: text('Message of the AnalysisRun.'),
  });

const destination = (description: string): Schema =>
  object(description, {
    weight: int('Share of traffic.'),
    serviceName: text('Service of this destination.'),
    podTemplateHash: text('Version this destination leads to.'),
  });

const weights = object('Traffic as it was last set.', {
  canary: destination('Traffic to the canary.'),
  stable: destination('Traffic to the stable version.'),
  additional: list('Traffic to experiments.', destination('One destination.')),
  verified: flag('Whether the data plane was seen to follow; absent where it cannot be asked.'),
});

const targetGroup = (description: string): Schema =>
  object(description, { name: text('Name.'), arn: text('Amazon resource name.'), fullName: text('Full name.') });

const albFields = {
  loadBalancer: targetGroup('The load balancer.'),
  canaryTargetGroup: targetGroup('Target group of the canary.'),
  stableTargetGroup: targetGroup('Target group of the stable version.'),
  ingress: text('Name of the Ingress.'),
};

const pluginStatus = object('One call.', {
  index: int('Index of the step.'),
  name: text('Name of the plugin.'),
  operation: text('Run, Terminate or Abort.'),
  phase: text('Running, Successful, Failed or Error.'),
  message: text('Message of the plugin.'),
  startedAt: time('When it started.'),
  updatedAt: time('When it last answered.'),
  finishedAt: time('When it finished.'),
  backoff: text('How long until it is asked again.'),
  executions: int('How often it was called.'),
  disabled: flag('Whether the plugin is switched off.'),
  // Any JSON, not only objects.
  status: { description: 'State of the plugin itself.', 'x-kubernetes-preserve-unknown-fields': true },
});

const canary = object(
  'State of a canary.',
  {
    weights,
    stablePingPong: text('Which of the two Services is the stable one: ping or pong.'),
    currentStepAnalysisRunStatus: runStatus('AnalysisRun of the current step.'),
    currentBackgroundAnalysisRunStatus: runStatus('AnalysisRun in the background.'),
    currentExperiment: text('Experiment of the current step.'),
    stepPluginStatuses: list('Calls of step plugins.', pluginStatus),
  },
  { open: true },
);

const blueGreen = object(
  'State of a blue-green rollout.',
  {
    activeSelector: text('Version the active Service leads to.'),
    previewSelector: text('Version the preview Service leads to.'),
    scaleUpPreviewCheckPoint: flag('The preview may grow to its full size.'),
    prePromotionAnalysisRunStatus: runStatus('AnalysisRun before the switch.'),
    postPromotionAnalysisRunStatus: runStatus('AnalysisRun after the switch.'),
  },
  { open: true },
);

const duration = object(
  'How long the update takes.',
  {
    rolloutStartedAt: time('When it started.'),
    manualPauseStartedAt: time('Since when it waits for a human.'),
    totalManualPauseDurationSeconds: int('Seconds it waited for humans.'),
    finishedAt: time('When it finished.'),
    completionStatus: text('Promoted, FastPromoted, Aborted, Superseded, RolledBack or FastRolledBack.'),
  },
  { open: true },
);

const sluice = object(
  'Only written by Sluice; other tools need not know it.',
  {
    awaiting: object('What the rollout waits for.', {
      reason: text('Reason in one word.'),
      message: text('What is awaited, for people.'),
      since: time('Since when.'),
      until: time('When it ends by itself.'),
      unblock: text('The command or deed that ends it.'),
    }),
    resumedStepIndex: int('Step whose pause a human has ended.'),
  },
  { open: true },
);

export const rolloutStatus = object(
  'What is.',
  {
    observedGeneration: text('Generation of the spec this status is about, as text.'),
    workloadObservedGeneration: text('Generation of the referenced workload this status is about.'),
    currentPodHash: text('Version of the current pod template.'),
    stableRS: text('Version last fully promoted.'),
    currentStepHash: text('Hash of the steps.'),
    currentStepIndex: int('Index of the current step; the number of steps when all are done.'),
    pauseConditions: keyed(
      'Why the rollout is paused.',
      ['reason'],
      object('One reason.', { reason: text('Reason in one word.'), startTime: time('Since when.') }, { required: ['reason', 'startTime'] }),
    ),
    controllerPause: flag('The controller paused the rollout. With no pause conditions left: a human has resumed it.'),
    abort: flag('The update is aborted. Set to false to retry.'),
    abortedAt: time('When it was aborted.'),
    promoteFull: flag('All steps, pauses and analyses that are left are skipped.'),
    replicas: int('Pods.'),
    updatedReplicas: int('Pods of the current version.'),
    readyReplicas: int('Pods that are ready.'),
    availableReplicas: int('Pods that are available.'),
    HPAReplicas: int('Pods that autoscalers count.'),
    selector: text('Selector of the pods that autoscalers count.'),
    collisionCount: int('How often the hash of a pod template was taken.'),
    conditions,
    phase: text('Healthy, Progressing, Paused or Degraded.'),
    message: text('Why the phase is what it is.'),
    restartedAt: time('Up to which restartAt all pods were restarted.'),
    canary,
    blueGreen,
    alb: object('State of the load balancer.', albFields),
    albs: list('State of the load balancers.', object('One load balancer.', albFields)),
    duration,
    sluice,
  },
  { open: true },
);
