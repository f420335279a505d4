import type { AnalysisTemplate, TemplateRef } from '../../api/analysis-types.js';
import type { FieldError } from '../../api/workload-types.js';

export type FindTemplate = (ref: TemplateRef) => AnalysisTemplate | undefined;

export interface ResolvedTemplates {
  readonly templates: readonly AnalysisTemplate[];
  readonly errors: readonly FieldError[];
}

/**
 * The templates named, each followed by those it names, without repetition; all AnalysisTemplates before all ClusterAnalysisTemplates.
 *
 * @param find looks a template up: namespaced ones in the owner's namespace
 * @param path where the references stand, e.g. `spec.strategy.canary.steps[1].analysis.templates`; nested ones are reported at `spec.templates`
 * Semantics: Argo Rollouts, analysis 2.8. Differs: references in a circle are an error (upstream overflows its stack).
 */
export function resolveTemplates(refs: readonly TemplateRef[], find: FindTemplate, path: string): ResolvedTemplates {
  const found = new Map<string, AnalysisTemplate>();
  const errors: FieldError[] = [];
  const visit = (ref: TemplateRef, trail: readonly string[], at: string): void => {
    const key = keyOf(ref);
    if (trail.includes(key)) {
      errors.push(
        invalid(
          at,
          ref,
          `${kindOf(ref)} '${ref.templateName}' refers to itself: ${[...trail.slice(trail.indexOf(key)), key].join(' -> ')}`,
        ),
      );
      return;
    }
    if (found.has(key)) return;
    const template = find(ref);
    if (template === undefined) {
      errors.push(invalid(at, ref, `${kindOf(ref)} '${ref.templateName}' not found`));
      return;
    }
    found.set(key, template);
    template.spec.templates.forEach((nested) => visit(nested, [...trail, key], 'spec.templates'));
  };
  refs.forEach((ref) => visit(ref, [], path));
  const all = [...found.values()];
  return {
    templates: [...all.filter(({ clusterScope }) => !clusterScope), ...all.filter(({ clusterScope }) => clusterScope)],
    errors,
  };
}

function kindOf(ref: TemplateRef): string {
  return ref.clusterScope ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
}

function keyOf(ref: TemplateRef): string {
  return ref.clusterScope ? `cluster/${ref.templateName}` : ref.templateName;
}

function invalid(path: string, ref: TemplateRef, detail: string): FieldError {
  return { path, kind: 'invalid', value: JSON.stringify(ref.templateName), detail };
}
