import type { ExperimentView } from '../../core/view/experiment-view.js';
import { viewRollout, type RolloutObjects, type RolloutView } from '../../core/view/rollout-view.js';
import type { TreeNode } from '../../core/view/tree.js';
import { renderTime } from '../../lib/time.js';

/**
 * What `get rollout -o json` prints: the page as data. Instants are RFC 3339; the object itself is to be had from `kubectl get rollout -o json`.
 */
export interface RolloutDocument extends Omit<RolloutView, 'tree' | 'status' | 'canary' | 'icon'> {
  readonly status: string;
  readonly message: string;
  readonly canary?: {
    readonly step: string;
    readonly setWeight: number;
    readonly actualWeight: number;
    readonly maxWeight: number;
    readonly steps: readonly { readonly text: string; readonly state: string; readonly until?: string }[];
  };
  readonly tree: NodeDocument;
}

interface NodeDocument {
  readonly kind: string;
  readonly name: string;
  readonly status?: string;
  readonly createdAt?: string;
  readonly info: readonly string[];
  readonly children: readonly NodeDocument[];
}

export function rolloutDocument(seen: RolloutObjects): RolloutDocument {
  const { icon: _icon, tree, status, canary, ...rest } = viewRollout(seen);
  return {
    ...rest,
    status: status.phase,
    message: status.message,
    ...(canary === undefined
      ? {}
      : {
          canary: {
            ...canary,
            steps: canary.steps.map(({ until, ...step }) => ({ ...step, ...(until === undefined ? {} : { until: renderTime(until) }) })),
          },
        }),
    tree: nodeDocument(tree),
  };
}

export type ExperimentDocument = Omit<ExperimentView, 'tree' | 'icon'> & { readonly tree: NodeDocument };

export function experimentDocument({ icon: _icon, tree, ...rest }: ExperimentView): ExperimentDocument {
  return { ...rest, tree: nodeDocument(tree) };
}

function nodeDocument({ kind, name, status, createdAt, info, children }: TreeNode): NodeDocument {
  return {
    kind,
    name,
    ...(status === '' ? {} : { status }),
    ...(createdAt === undefined || Number.isNaN(createdAt) ? {} : { createdAt: renderTime(createdAt) }),
    info,
    children: children.map(nodeDocument),
  };
}
