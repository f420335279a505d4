import { analysisRunMetadata, conditions, dryRun, experimentAnalyses, labelSelector, measurementRetention } from './common.js';
import { podTemplate } from './kubernetes.js';
import type { Schema } from './schema.js';
import { count, flag, int, keyed, list, object, text, time } from './schema.js';

const template = object(
  'One version.',
  {
    name: text('Name within the experiment.'),
    replicas: count('Pods. Default: 1.'),
    minReadySeconds: count('Seconds a pod must be ready before it counts as available. Default: 0.'),
    selector: labelSelector('Selector of the pods.'),
    template: podTemplate('Template of the pods.'),
    service: object('Creates a Service for these pods.', { name: text('Name of the Service. Default: that of the ReplicaSet.') }),
  },
  { required: ['name', 'selector', 'template'] },
);

const spec = object(
  'Versions to run, and how to judge them.',
  {
    templates: keyed('Versions to run side by side.', ['name'], template),
    duration: text('How long, from when all pods are available, e.g. 5m. Default: until the required analyses are done, or without end.'),
    progressDeadlineSeconds: count('Seconds without progress after which the experiment has failed. Default: 600.'),
    terminate: flag('Ends the experiment. Default: false.'),
    scaleDownDelaySeconds: count('Seconds the pods stay after the end. Default: 30.'),
    analyses: experimentAnalyses,
    dryRun,
    measurementRetention,
    analysisRunMetadata,
  },
  { required: ['templates'] },
);

const templateStatus = object(
  'State of one version.',
  {
    name: text('Name within the experiment.'),
    replicas: int('Pods.'),
    updatedReplicas: int('Pods of this template.'),
    readyReplicas: int('Pods that are ready.'),
    availableReplicas: int('Pods that are available.'),
    collisionCount: int('How often the name of the ReplicaSet was taken.'),
    status: text('Progressing, Running, Successful, Failed or Error.'),
    message: text('What happened.'),
    lastTransitionTime: time('When there was last progress.'),
    serviceName: text('Service of these pods.'),
    podTemplateHash: text('Hash of the pod template.'),
  },
  { open: true },
);

const status = object(
  'How the experiment goes.',
  {
    phase: text('Pending, Running, Successful, Failed, Error or Inconclusive.'),
    message: text('Why the phase is what it is.'),
    availableAt: time('When all pods had become available.'),
    conditions,
    templateStatuses: list('State by version.', templateStatus),
    analysisRuns: list(
      'State by analysis.',
      object('One analysis.', {
        name: text('Name within the experiment.'),
        analysisRun: text('Name of the AnalysisRun.'),
        phase: text('Phase of the AnalysisRun.'),
        message: text('Message of the AnalysisRun.'),
      }),
    ),
  },
  { open: true },
);

export const experiment: Schema = object(
  'An Experiment runs versions side by side for a while and judges them.',
  { spec, status },
  { required: ['spec'] },
);
