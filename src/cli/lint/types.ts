import type { KubeObject } from '../../api/kube.js';
import type { FieldPath, YamlDocument } from '../files/yaml-documents.js';

/** One object of a file. */
export interface LintDocument {
  readonly source: string;
  readonly raw: KubeObject;
  readonly ambiguous: YamlDocument['ambiguous'];
  lineOf(path: FieldPath): number;
}

export interface Finding {
  /** File as the user named it. */
  readonly source: string;
  /** 1-based. */
  readonly line: number;
  /** An error is refused by the API server or the controller; a warning is accepted, and most likely not what was meant. */
  readonly severity: 'error' | 'warning';
  /** `Rollout/web`; '' where the file could not be read. */
  readonly object: string;
  /** Field path, '' where the finding is about the whole object. */
  readonly path: string;
  readonly message: string;
}
