import { parseAnalysisTemplate, parseService, type AnalysisTemplate, type Rollout, type Service } from '../../api/index.js';
import type { FieldError } from '../../api/workload-types.js';
import { contextOf } from '../../core/rollout/context.js';
import { referenceErrors } from '../../core/rollout/references.js';
import { templateKey, type ObservedRollout } from '../../core/rollout/types.js';
import { errorOf, warningAt } from './finding.js';
import type { Finding, LintDocument } from './types.js';

/**
 * What is wrong with the Services and analysis templates a Rollout names, judged by the controller's own rules. One that is not among the files
 * may well be in the cluster: that is worth a warning where the files bring others of its kind.
 */
export function checkReferences(document: LintDocument, rollout: Rollout, all: readonly LintDocument[]): readonly Finding[] {
  const near = all.filter(
    ({ raw }) => raw.kind === 'ClusterAnalysisTemplate' || sameNamespace(raw.metadata.namespace, rollout.metadata.namespace),
  );
  const services = near.filter(({ raw }) => raw.kind === 'Service' && raw.apiVersion === 'v1').map(({ raw }) => parseService(raw));
  const templates = near
    .filter(({ raw }) => /^(?:Cluster)?AnalysisTemplate$/.test(raw.kind))
    .map(({ raw }) => parseAnalysisTemplate(raw).template);
  const errors = referenceErrors(contextOf(observation(rollout, services, templates)));
  return errors.flatMap((error) => {
    if (!isMissing(error)) return [errorOf(document, error)];
    const others = error.detail.includes('service') ? services : templates;
    return others.length === 0 ? [] : [warningAt(document, error.path, `${error.detail.replace('not found', 'is not among these files')}`)];
  });
}

function sameNamespace(a: string | undefined, b: string | undefined): boolean {
  return a === b || a === undefined || b === undefined;
}

function isMissing({ detail }: FieldError): boolean {
  return detail.endsWith(' not found');
}

/** The Rollout before its first pass, in a world of nothing but these files. */
function observation(rollout: Rollout, services: readonly Service[], templates: readonly AnalysisTemplate[]): ObservedRollout {
  return {
    now: 0,
    rollout,
    specErrors: [],
    replicaSets: [],
    orphans: [],
    analysisRuns: [],
    experiments: [],
    services: new Map(services.map((service) => [service.metadata.name, service])),
    templates: new Map(templates.map((template) => [templateKey(template.metadata.name, template.clusterScope), template])),
    live: {},
  };
}
