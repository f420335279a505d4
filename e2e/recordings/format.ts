import type { Json, JsonObject, NewObject } from '../../src/api/kube.js';

/** One scenario as recorded; the format is described in the README beside the recordings. */
export interface Recording {
  readonly scenario: string;
  readonly about: string;
  /** Placeholder (`hash1`) to the real pod template hash. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Placeholder (`stepHash1`) to the real hash of the steps. */
  readonly stepHashes: Readonly<Record<string, string>>;
  /** In the order in which the `apply` actions name them. */
  readonly manifests: readonly NewObject[];
  readonly script: readonly Action[];
  readonly milestones: readonly Milestone[];
  readonly extremes: Extremes;
  /** Objects whose later events the recorder's client swallowed. */
  readonly eventsCut: readonly string[];
  readonly timeline: readonly TimelineLine[];
  readonly final: readonly JsonObject[];
}

/** One thing the script does. */
export type Action =
  | { readonly do: 'apply'; readonly what: readonly string[]; readonly each: boolean }
  | {
      readonly do: 'patch';
      readonly kind: string;
      readonly name: string;
      readonly type: 'merge' | 'json';
      readonly patch: Json;
      readonly label: string | undefined;
      readonly subresource: 'status' | undefined;
      readonly mayFail: boolean;
    }
  | { readonly do: 'scale'; readonly name: string; readonly replicas: number }
  | { readonly do: 'plugin'; readonly args: readonly string[]; readonly mayFail: boolean }
  | {
      readonly do: 'wait';
      readonly kind: string;
      readonly name: string;
      readonly where: Readonly<Record<string, Json>>;
      readonly seconds: number | undefined;
      /** Whether observedGeneration must be current too. */
      readonly observed: boolean;
      readonly gone: boolean;
    }
  | { readonly do: 'settle'; readonly quiet: number; readonly max: number | undefined }
  | { readonly do: 'sleep'; readonly seconds: number }
  | { readonly do: 'metric'; readonly name: string; readonly answer: Json }
  | {
      readonly do: 'delete';
      readonly kind: string;
      readonly name: string;
      readonly propagation: 'Background' | 'Foreground' | 'Orphan' | undefined;
    }
  | { readonly do: 'killPod'; readonly name: string; readonly of: 'stable' | 'current' | 'canary' }
  | { readonly do: 'stopController' }
  | { readonly do: 'startController' };

/** Kind of thing ("rs", "rollout", "virtualService") to name to a short sentence. */
export type StateOfRest = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Milestone {
  /** Seconds since the script began. */
  readonly t: number;
  /** Label of the action before. */
  readonly after: string;
  /** The controller left the state by itself. */
  readonly passing: boolean;
  readonly state: StateOfRest;
}

export interface Extremes {
  readonly fewestAvailable: number | undefined;
  readonly mostWanted: number | undefined;
}

/** Facts of an object that changed; null: absent from now on. */
export type Facts = Readonly<Record<string, Json>>;

export type TimelineLine =
  /** An action that does something begins (not: wait, settle, sleep). */
  | { readonly kind: 'action'; readonly t: number; readonly label: string }
  /** A plugin command ended. */
  | { readonly kind: 'returned'; readonly t: number; readonly label: string; readonly code: number; readonly output: readonly string[] }
  /** The API server refused what the action before wanted. */
  | { readonly kind: 'refused'; readonly t: number; readonly label: string; readonly status: number; readonly message: string }
  /** A wait came true. */
  | { readonly kind: 'waited'; readonly t: number; readonly label: string }
  | {
      readonly kind: 'change';
      readonly t: number;
      readonly on: string;
      readonly facts: Facts;
      readonly isNew: boolean;
      readonly gone: boolean;
    }
  | {
      readonly kind: 'event';
      readonly t: number;
      readonly on: string;
      readonly event: string;
      readonly message: string;
      readonly count: number;
    };
