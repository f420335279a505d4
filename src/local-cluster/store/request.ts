import type { Draft } from './json.js';
import type { Kind } from './kinds/kind.js';

/** One write as the write path sees it: what a caller asked for, resolved to a kind. */
export interface WriteRequest {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  /** '' on a create with generateName. */
  readonly name: string;
  readonly subresource: 'status' | 'scale' | undefined;
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  /** Where warnings go that the API sends in a header. */
  readonly warn: (text: string) => void;
  /** A PUT: the object is replaced whole, so an absent resourceVersion may be an error. */
  readonly replaces?: boolean;
  /** A PATCH: what cannot be decoded is the patch's fault. */
  readonly patches?: boolean;
  /** Server-side apply: who owns which field afterwards is its business (managed-fields/). */
  readonly managedFields?: readonly Draft[];
}
