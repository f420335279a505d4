type Field = readonly [name: string, kind: string, options: string];

/**
 * Go's order of the fields of a canary step, as the recorded step hashes show it; same notation as the generated table of the pod template
 * (`*` a pointer, `o` left out when empty). Structs without a star are always written, which is where the `{}` of metadata come from.
 */
export const stepTypes: Readonly<Record<string, readonly Field[]>> = {
  CanaryStep: [
    ['setWeight', '*int', 'o'],
    ['pause', '*struct Pause', 'o'],
    ['experiment', '*struct Experiment', 'o'],
    ['analysis', '*struct Analysis', 'o'],
    ['setCanaryScale', '*struct CanaryScale', 'o'],
    ['setHeaderRoute', '*struct HeaderRoute', 'o'],
    ['setMirrorRoute', '*struct MirrorRoute', 'o'],
    ['plugin', '*struct Plugin', 'o'],
  ],
  Pause: [['duration', '*intOrString', 'o']],
  Experiment: [
    ['templates', 'list struct ExperimentTemplate', ''],
    ['duration', 'string', 'o'],
    ['analyses', 'list struct ExperimentAnalysis', 'o'],
    ['dryRun', 'list struct DryRun', 'o'],
    ['analysisRunMetadata', 'struct Metadata', 'o'],
    ['scaleDownDelaySeconds', '*int', 'o'],
  ],
  ExperimentTemplate: [
    ['name', 'string', ''],
    ['specRef', 'string', ''],
    ['replicas', '*int', 'o'],
    ['metadata', 'struct Metadata', 'o'],
    ['selector', '*struct LabelSelector', 'o'],
    ['weight', '*int', 'o'],
    ['service', '*struct TemplateService', 'o'],
  ],
  TemplateService: [['name', 'string', 'o']],
  ExperimentAnalysis: [
    ['name', 'string', ''],
    ['templateName', 'string', ''],
    ['clusterScope', 'bool', 'o'],
    ['args', 'list struct Argument', 'o'],
    ['requiredForCompletion', 'bool', 'o'],
  ],
  Analysis: [
    ['templates', 'list struct TemplateRef', 'o'],
    ['args', 'list struct Argument', 'o'],
    ['dryRun', 'list struct DryRun', 'o'],
    ['measurementRetention', 'list struct Retention', 'o'],
    ['analysisRunMetadata', '*struct Metadata', 'o'],
  ],
  TemplateRef: [
    ['templateName', 'string', ''],
    ['clusterScope', 'bool', 'o'],
  ],
  Argument: [
    ['name', 'string', ''],
    ['value', 'string', 'o'],
    ['valueFrom', '*struct ValueFrom', 'o'],
  ],
  ValueFrom: [
    ['podTemplateHashValue', '*string', 'o'],
    ['fieldRef', '*struct FieldRef', 'o'],
  ],
  FieldRef: [['fieldPath', 'string', '']],
  DryRun: [['metricName', 'string', '']],
  Retention: [
    ['metricName', 'string', ''],
    ['limit', 'int', ''],
  ],
  Metadata: [
    ['labels', 'map string', 'o'],
    ['annotations', 'map string', 'o'],
  ],
  LabelSelector: [
    ['matchLabels', 'map string', 'o'],
    ['matchExpressions', 'list struct Requirement', 'o'],
  ],
  Requirement: [
    ['key', 'string', ''],
    ['operator', 'string', ''],
    ['values', 'list string', 'o'],
  ],
  CanaryScale: [
    ['weight', '*int', 'o'],
    ['replicas', '*int', 'o'],
    ['matchTrafficWeight', 'bool', 'o'],
  ],
  HeaderRoute: [
    ['name', 'string', 'o'],
    ['match', 'list struct HeaderMatch', 'o'],
  ],
  HeaderMatch: [
    ['headerName', 'string', ''],
    ['headerValue', '*struct StringMatch', ''],
  ],
  StringMatch: [
    ['exact', 'string', 'o'],
    ['prefix', 'string', 'o'],
    ['regex', 'string', 'o'],
  ],
  MirrorRoute: [
    ['name', 'string', ''],
    ['match', 'list struct RouteMatch', 'o'],
    ['percentage', '*int', 'o'],
  ],
  RouteMatch: [
    ['method', '*struct StringMatch', 'o'],
    ['path', '*struct StringMatch', 'o'],
    ['headers', 'map struct StringMatch', 'o'],
  ],
  Plugin: [
    ['name', 'string', ''],
    ['config', '*raw', 'o'],
  ],
};
