import { analysisFields, podMetadata } from './common.js';
import { steps } from './rollout-steps.js';
import type { Rule, Schema } from './schema.js';
import { count, flag, intOrText, object, text, word } from './schema.js';
import { trafficRouting } from './traffic-routing.js';

const antiAffinity = object(
  'Keeps pods of the new version off nodes with pods of the old one.',
  {
    requiredDuringSchedulingIgnoredDuringExecution: object('A must.', {}),
    preferredDuringSchedulingIgnoredDuringExecution: object(
      'A wish.',
      { weight: count('How strong a wish.', { minimum: 1, maximum: 100 }) },
      { required: ['weight'] },
    ),
  },
  {
    rules: [
      {
        rule: 'has(self.requiredDuringSchedulingIgnoredDuringExecution) != has(self.preferredDuringSchedulingIgnoredDuringExecution)',
        message: 'AntiAffinity must have exactly one strategy listed',
      },
    ],
  },
);

const scaleDownDelayRevisionLimit = count('How many old versions may wait for their scale-down at the same time. Default: no limit.');

const blueGreen = object(
  'Runs the new version beside the old one, then switches all traffic at once.',
  {
    activeService: text('Service that users reach.'),
    previewService: text('Service that always leads to the new version.'),
    previewReplicaCount: count('Pods of the new version before the switch. Default: spec.replicas.'),
    autoPromotionEnabled: flag('Switch without asking. Default: true.'),
    autoPromotionSeconds: count('Seconds to wait before switching by itself. Default: 0.'),
    maxUnavailable: intOrText('Pods, or percentage of pods, that may be unavailable during a restart. Default: 25%.'),
    scaleDownDelaySeconds: count('Seconds the old version stays after the switch. Default: 30.'),
    scaleDownDelayRevisionLimit,
    abortScaleDownDelaySeconds: count('Seconds the new version stays after an abort; 0: for ever. Default: 30.'),
    prePromotionAnalysis: object('Analysis that must succeed before the switch.', analysisFields),
    postPromotionAnalysis: object('Analysis after the switch; its failure switches back.', analysisFields),
    antiAffinity,
    previewMetadata: podMetadata('Labels and annotations of pods as long as they are the preview.'),
    activeMetadata: podMetadata('Labels and annotations of pods as long as they are active.'),
  },
  {
    required: ['activeService'],
    rules: [
      {
        rule: "self.activeService != (has(self.previewService) ? self.previewService : '')",
        message: 'This rollout uses the same service for the active and preview services, but two different services are required.',
        fieldPath: '.activeService',
      },
    ],
  },
);

const canaryRules: readonly Rule[] = [
  {
    rule: "!has(self.stableService) || !has(self.canaryService) || self.stableService == '' || self.stableService != self.canaryService",
    message: 'This rollout uses the same service for the stable and canary services, but two different services are required.',
    fieldPath: '.stableService',
  },
  {
    rule: '!has(self.scaleDownDelaySeconds) || has(self.trafficRouting)',
    message: 'Canary scaleDownDelaySeconds can only be used with traffic routing',
    fieldPath: '.scaleDownDelaySeconds',
  },
  {
    rule: '!has(self.dynamicStableScale) || !self.dynamicStableScale || has(self.trafficRouting)',
    message: 'Canary dynamicStableScale can only be used with traffic routing',
    fieldPath: '.dynamicStableScale',
  },
  {
    rule: '!has(self.dynamicStableScale) || !self.dynamicStableScale || !has(self.scaleDownDelaySeconds)',
    message: 'Canary dynamicStableScale cannot be used with scaleDownDelaySeconds',
    fieldPath: '.dynamicStableScale',
  },
  {
    rule: 'has(self.trafficRouting) || !has(self.steps) || self.steps.all(s, !has(s.setWeight) || s.setWeight <= 100)',
    message: 'SetWeight needs to be between 0 and 100',
    fieldPath: '.steps',
  },
  {
    rule: 'has(self.trafficRouting) || !has(self.steps) || self.steps.all(s, !has(s.setCanaryScale))',
    message: 'SetCanaryScale requires TrafficRouting to be set',
    fieldPath: '.steps',
  },
];

const canary = object(
  'Exposes the new version step by step.',
  {
    canaryService: text('Service that leads to the new version.'),
    stableService: text('Service that leads to the stable version.'),
    pingPong: object(
      'Two Services that take turns in being stable, for routers that must not see a Service change its pods.',
      { pingService: text('First Service.'), pongService: text('Second Service.') },
      { required: ['pingService', 'pongService'] },
    ),
    steps,
    trafficRouting,
    maxSurge: intOrText('Pods, or percentage of spec.replicas, that may be there in addition; rounded up. Default: 25%.'),
    maxUnavailable: intOrText('Pods, or percentage of spec.replicas, that may be missing; rounded down. Default: 25%.'),
    analysis: object('Analysis in the background, for the whole update; its failure aborts.', {
      ...analysisFields,
      startingStep: count('Index of the step at which it starts. Default: 0.'),
    }),
    antiAffinity,
    canaryMetadata: podMetadata('Labels and annotations of pods as long as they are the canary.'),
    stableMetadata: podMetadata('Labels and annotations of pods as long as they are stable.'),
    scaleDownDelaySeconds: count('Seconds the old version stays after the update; needs traffic routing. Default: 30.'),
    scaleDownDelayRevisionLimit,
    abortScaleDownDelaySeconds: count('Seconds the canary stays after an abort; 0: for ever. Needs traffic routing. Default: 30.'),
    dynamicStableScale: flag('Shrink the stable version as traffic leaves it; needs traffic routing. Default: false.'),
    minPodsPerReplicaSet: count('Fewest pods of a version that has any; needs traffic routing. Default: no minimum.'),
    replicaProgressThreshold: object(
      'When there are enough canary pods for the next step. Default: all of them.',
      { type: word('What value counts.', ['Percent', 'Pods']), value: count('Available pods, or their share of those wanted.') },
      { required: ['type', 'value'] },
    ),
  },
  { rules: canaryRules },
);

export const strategy: Schema = object(
  'How a new version goes out: exactly one of canary and blueGreen.',
  { canary, blueGreen },
  {
    rules: [
      {
        rule: 'has(self.canary) != has(self.blueGreen)',
        message: 'exactly one of canary and blueGreen must be set',
      },
    ],
  },
);
