import type { KubeObject, Resource } from '../../../api/kube.js';
import type { EpochMs } from '../../../lib/scheduler.js';
import type { Draft } from '../json.js';
import type { Cause } from '../status-error.js';

/** Where a kind's scale subresource finds its numbers; paths of keys. */
export interface ScalePaths {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  /** A string (custom resources) or a LabelSelector object (built-in kinds). */
  readonly selector?: readonly string[];
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

/** What a CustomResourceDefinition adds to its kind. */
export interface CustomKind {
  readonly printerColumns: readonly PrinterColumn[];
  readonly preserveUnknown: boolean;
}

/** What the store lends to a strategy while it prepares an object. */
export interface StrategyContext {
  readonly now: EpochMs;
  readonly random: () => number;
  /** A cluster IP nobody has; the wanted one when it is free, else undefined. */
  readonly allocateClusterIp: (wanted?: string) => string | undefined;
  readonly allocateNodePort: (wanted?: number) => number | undefined;
}

/**
 * A kind's own rules, called by the write path in this order: defaults, prepare, validate.
 * Drafts are mutable and complete; old objects are frozen.
 */
export interface Strategy {
  /** Fills in what a real API server defaults when it decodes; also for updates and patches. */
  readonly defaults?: (draft: Draft) => void;
  /** Metadata (name, namespace, uid) is set already. */
  readonly prepareCreate?: (draft: Draft, context: StrategyContext) => void;
  readonly prepareUpdate?: (draft: Draft, old: KubeObject, context: StrategyContext) => void;
  /** After a write through the status endpoint; only the status may be touched. */
  readonly prepareStatus?: (draft: Draft) => void;
  /** `old`: what it was, on an update. */
  readonly validate?: (draft: Draft, old?: KubeObject) => readonly Cause[];
  readonly validateUpdate?: (draft: Draft, old: KubeObject) => readonly Cause[];
}

export interface Kind {
  readonly resource: Resource;
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly hasStatus: boolean;
  readonly scale?: ScalePaths;
  readonly custom?: CustomKind;
  /** Structure and types of the kind's fields; undefined: nothing is known, everything is kept. */
  readonly schema: Draft | undefined;
  /** metadata.generation is kept: 1 on creation, one more whenever what its writers want changes. */
  readonly tracksGeneration: boolean;
  /** A PUT must carry metadata.resourceVersion. */
  readonly needsVersionToReplace: boolean;
  /** Field selectors beyond metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  /** Dependents survive unless the caller says otherwise (Job, for old times' sake). */
  readonly orphansByDefault: boolean;
  /** A delete answers with the object even when it is gone at once (pods and a few others). */
  readonly answersWithDeleted: boolean;
  /** The status in a create is kept (Node, and kinds without a status subresource). */
  readonly keepsStatusOnCreate: boolean;
  readonly strategy: Strategy;
}

/** All versions of a kind share one storage. */
export function storageKey(resource: Pick<Resource, 'group' | 'resource'>): string {
  return `${resource.group}/${resource.resource}`;
}

export function kindKey(resource: Pick<Resource, 'group' | 'version' | 'resource'>): string {
  return `${resource.group}/${resource.version}/${resource.resource}`;
}
