import type { Experiment } from '../../api/experiment-types.js';
import { iconOf, type Icon } from './icons.js';
import { experimentImages, viewImages, type ImageView } from './images.js';
import { experimentNode, type Surroundings, type TreeNode } from './tree.js';

export interface ExperimentView {
  readonly name: string;
  readonly namespace: string;
  readonly status: string;
  readonly message: string;
  readonly icon: Icon;
  readonly images: readonly ImageView[];
  readonly tree: TreeNode;
}

/** The page of `get experiment`. Semantics: cli-dashboard-gitops 1.8. */
export function viewExperiment(around: Surroundings, experiment: Experiment): ExperimentView {
  const tree = experimentNode(around, experiment);
  return {
    name: experiment.metadata.name,
    namespace: experiment.metadata.namespace ?? '',
    status: tree.status,
    message: experiment.status.message,
    icon: iconOf('Experiment', tree.status),
    images: viewImages(experimentImages([experiment], around.replicaSets)),
    tree,
  };
}
