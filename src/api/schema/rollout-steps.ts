import { analysisFields, analysisRunMetadata, dryRun, experimentAnalyses, labelSelector, podMetadata } from './common.js';
import type { Rule, Schema } from './schema.js';
import { anyObject, count, flag, intOrText, keyed, list, map, object, text, word } from './schema.js';

const stringMatch = (description: string): Schema =>
  object(description, {
    exact: text('The whole value.'),
    prefix: text('Beginning of the value.'),
    regex: text('Regular expression the value matches.'),
  });

const setHeaderRoute = object('Sends requests with certain headers to the canary. Without match: removes the route.', {
  name: text('Name of the route; listed in managedRoutes.'),
  match: list(
    'Headers, all of which must match.',
    object(
      'One header.',
      { headerName: text('Name of the header.'), headerValue: stringMatch('Value of the header; exactly one kind of match.') },
      { required: ['headerName', 'headerValue'] },
    ),
  ),
});

const setMirrorRoute = object(
  'Copies requests to the canary, whose answers are dropped. Without match: removes the route.',
  {
    name: text('Name of the route; listed in managedRoutes.'),
    match: list(
      'Requests to copy; any of the entries.',
      object('One kind of request; all of its fields must match.', {
        method: stringMatch('HTTP method.'),
        path: stringMatch('Path of the URL.'),
        headers: map('Header names to values.', stringMatch('Value of the header.')),
      }),
    ),
    percentage: count('Share of these requests to copy. Default: all.', { minimum: 0, maximum: 100 }),
  },
  { required: ['name'] },
);

const experimentTemplate = object(
  'One version to run in the experiment.',
  {
    name: text('Name within the experiment.'),
    specRef: word('Whose pod template to run.', ['canary', 'stable']),
    replicas: count('Pods. Default: 1.'),
    metadata: podMetadata('Labels and annotations added to the pods.'),
    selector: labelSelector('Selector of the pods. Default: that of the version.'),
    weight: count('Share of traffic; needs SMI, ALB, Istio or a plugin.'),
    service: object('Creates a Service for these pods; a weight does so as well.', {
      name: text('Name of the Service. Default: that of the ReplicaSet.'),
    }),
  },
  { required: ['name', 'specRef'] },
);

const experiment = object(
  'Runs versions side by side and waits until the experiment has succeeded.',
  {
    templates: keyed('Versions to run.', ['name'], experimentTemplate),
    duration: text('How long, from when all pods are available, e.g. 5m. Default: until the required analyses are done.'),
    analyses: experimentAnalyses,
    dryRun,
    analysisRunMetadata,
    scaleDownDelaySeconds: count('Seconds the pods stay after the end. Default: 30.'),
  },
  { required: ['templates'] },
);

const setCanaryScale = object('Sets the number of canary pods apart from the traffic; needs traffic routing.', {
  replicas: count('Pods.'),
  weight: count('Share of spec.replicas; may be above 100.'),
  matchTrafficWeight: flag('Back to as many pods as the traffic weight wants.'),
});

/** Upstream allows other mixes, a scale beside a weight for one. */
const stepRules: readonly Rule[] = [
  {
    rule: '[has(self.setWeight), has(self.pause), has(self.experiment), has(self.analysis)].filter(x, x).size() <= 1',
    message: 'a step can have only one of setWeight, pause, experiment and analysis',
  },
  {
    rule: 'has(self.setWeight) || has(self.pause) || has(self.setCanaryScale) || has(self.analysis) || has(self.experiment) || has(self.setHeaderRoute) || has(self.setMirrorRoute) || has(self.plugin)',
    message: 'a step must have one of setWeight, pause, setCanaryScale, analysis, experiment, setHeaderRoute, setMirrorRoute and plugin',
  },
];

const step = object(
  'One step; it is complete before the next begins.',
  {
    setWeight: count(
      'Share of traffic for the canary, 0 to maxTrafficWeight. Waits for the pods and, where the router can tell, for the traffic.',
    ),
    pause: object('Waits.', { duration: intOrText('Seconds, or a duration such as 10m. Absent: until promoted.') }),
    setCanaryScale,
    analysis: object('Runs an analysis and waits until it has succeeded.', analysisFields),
    experiment,
    setHeaderRoute,
    setMirrorRoute,
    plugin: object(
      'Runs a step plugin.',
      { name: text('Name of the plugin.'), config: anyObject('Configuration for the plugin.') },
      { required: ['name'] },
    ),
  },
  { rules: stepRules },
);

/** The bound keeps the cost of the rules finite. */
export const steps = list('Steps of an update, in order. Without any: a rolling update.', step, { maxItems: 1_000 });
