import { keys } from '../../api/kube.js';
import type { Experiment } from '../../api/experiment-types.js';
import type { ReplicaSet } from '../../api/workload-types.js';
import { isPlainObject, objectsOf } from '../../lib/json.js';
import { isOwned } from './tree.js';

export interface ImageView {
  readonly image: string;
  /** canary, stable, active, preview, ping, pong, `Σ:template`. */
  readonly tags: readonly string[];
}

/** ReplicaSets with pods, and what each is. */
export interface ImageSource {
  readonly replicaSet: ReplicaSet;
  readonly tags: readonly string[];
}

/** Each image once, by name; when several ReplicaSets have it, their tags come in alphabetical order. cli-dashboard-gitops 1.8. */
export function viewImages(sources: readonly ImageSource[]): readonly ImageView[] {
  const tagsOf = new Map<string, readonly string[]>();
  for (const { replicaSet, tags } of sources.filter((source) => source.replicaSet.actual > 0)) {
    for (const image of imagesOf(replicaSet.template)) {
      const known = tagsOf.get(image);
      tagsOf.set(image, known === undefined ? tags : [...new Set([...known, ...tags])].sort());
    }
  }
  return [...tagsOf].sort(([a], [b]) => (a < b ? -1 : 1)).map(([image, tags]) => ({ image, tags }));
}

/** The ReplicaSets of experiments, tagged with the name of their template. */
export function experimentImages(experiments: readonly Experiment[], replicaSets: readonly ReplicaSet[]): readonly ImageSource[] {
  return experiments.flatMap((experiment) =>
    replicaSets
      .filter((rs) => isOwned(rs.metadata, experiment.metadata))
      .map((rs) => ({ replicaSet: rs, tags: [`Σ:${rs.metadata.annotations?.[keys.experimentTemplateName] ?? rs.metadata.name}`] })),
  );
}

/** Images of the main containers of a pod template, in their order. */
export function imagesOf(template: Readonly<Record<string, unknown>>): readonly string[] {
  const spec = template['spec'];
  if (!isPlainObject(spec)) return [];
  return objectsOf(spec['containers']).flatMap((c) => (typeof c['image'] === 'string' ? [c['image']] : []));
}
