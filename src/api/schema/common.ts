import type { Schema } from './schema.js';
import { count, flag, keyed, list, map, object, text, time, whole, word } from './schema.js';

export const podMetadata = (description: string): Schema =>
  object(description, { labels: map('Labels.'), annotations: map('Annotations.') });

export const labelSelector = (description: string): Schema => ({
  ...object(description, {
    matchLabels: map('Labels that must all be there with these values.'),
    matchExpressions: list(
      'Requirements that must all hold.',
      object(
        'One requirement.',
        {
          key: text('Label key.'),
          operator: text('In, NotIn, Exists or DoesNotExist.'),
          values: list('Values, for In and NotIn.', { type: 'string' }),
        },
        { required: ['key', 'operator'] },
      ),
    ),
  }),
  'x-kubernetes-map-type': 'atomic',
});

const secretKeyRef = object(
  'A key of a Secret in the namespace of the analysis run.',
  { name: text('Name of the Secret.'), key: text('Key in the Secret.') },
  { required: ['name', 'key'] },
);
const fieldRef = object(
  'A field of the Rollout.',
  { fieldPath: text("Path of the field, e.g. metadata.labels['app'] or spec.replicas.") },
  { required: ['fieldPath'] },
);

/** Arguments as a template or a run declares them. */
export const declaredArgs = keyed(
  'Arguments, used in metrics as {{args.NAME}}. One without a value must be given by whoever uses the template.',
  ['name'],
  object(
    'One argument.',
    {
      name: text('Name of the argument.'),
      value: text('Value, or default in a template.'),
      valueFrom: object('Where the value comes from.', { secretKeyRef, fieldRef }),
    },
    { required: ['name'] },
  ),
);

/** Arguments as a Rollout or an Experiment hands them in. */
const givenArgs = list(
  'Arguments for the templates. One that no template declares is ignored.',
  object(
    'One argument.',
    {
      name: text('Name of the argument.'),
      value: text('Value.'),
      valueFrom: object('Where the value comes from.', {
        podTemplateHashValue: word('The pod template hash of the new (Latest) or the stable (Stable) version.', ['Latest', 'Stable']),
        fieldRef,
        secretKeyRef,
      }),
    },
    { required: ['name'] },
  ),
);

export const dryRun = list(
  'Metrics that are measured but never decide.',
  object('One rule.', { metricName: text('Regular expression for metric names.') }, { required: ['metricName'] }),
);

export const measurementRetention = list(
  'How many measurements to keep; 10 of each metric by default.',
  object(
    'One rule.',
    {
      metricName: text('Regular expression for metric names.'),
      limit: count('Measurements to keep of each such metric.'),
    },
    { required: ['metricName', 'limit'] },
  ),
);

export const templateRefs = list(
  'Analysis templates; their metrics are run together.',
  object(
    'One template.',
    {
      templateName: text('Name of the AnalysisTemplate or ClusterAnalysisTemplate.'),
      clusterScope: flag('Take a ClusterAnalysisTemplate. Default: false.'),
    },
    { required: ['templateName'] },
  ),
);

export const analysisRunMetadata = podMetadata('Labels and annotations for the AnalysisRun.');

/** What an analysis of a Rollout consists of. */
export const analysisFields = { templates: templateRefs, args: givenArgs, dryRun, measurementRetention, analysisRunMetadata };

export const experimentAnalyses = keyed(
  'Analyses that run while the experiment does.',
  ['name'],
  object(
    'One analysis.',
    {
      name: text('Name within the experiment.'),
      templateName: text('Name of the AnalysisTemplate or ClusterAnalysisTemplate.'),
      clusterScope: flag('Take a ClusterAnalysisTemplate. Default: false.'),
      args: givenArgs,
      requiredForCompletion: flag('The experiment ends when all such analyses have succeeded. Default: false.'),
    },
    { required: ['name', 'templateName'] },
  ),
);

/** Written by controllers: read by everybody, judged by nobody. */
export const conditions = keyed(
  'Conditions.',
  ['type'],
  object(
    'One condition.',
    {
      type: text('Type of the condition.'),
      status: text('True, False or Unknown.'),
      reason: text('Reason in one word.'),
      message: text('What happened, for people.'),
      lastUpdateTime: time('When it was last written.'),
      lastTransitionTime: time('When its status last changed.'),
      observedGeneration: whole('Generation of the spec it is about.'),
    },
    { required: ['type', 'status'] },
  ),
);
