import { formatFieldError } from '../../api/field-error.js';
import type { FieldError } from '../../api/workload-types.js';
import type { FieldPath } from '../files/yaml-documents.js';
import { fieldOf, isPlainObject } from '../../lib/json.js';
import type { Finding, LintDocument } from './types.js';

export function errorOf(document: LintDocument, error: FieldError): Finding {
  return finding(document, 'error', error.path, formatFieldError(error));
}

/** @param message is put after the path */
export function warningAt(document: LintDocument, path: string, message: string): Finding {
  return finding(document, 'warning', path, path === '' ? message : `${path}: ${message}`);
}

function finding(document: LintDocument, severity: Finding['severity'], path: string, message: string): Finding {
  const { source, raw } = document;
  return { source, line: document.lineOf(locate(raw, path)), severity, object: `${raw.kind}/${raw.metadata.name}`, path, message };
}

/**
 * `spec.strategy.steps[0].setWeight` as keys of the object. Upstream's paths leave out which strategy is meant.
 */
export function locate(object: unknown, path: string): FieldPath {
  const keys: (string | number)[] = [];
  let at: unknown = object;
  const enter = (key: string | number): void => {
    keys.push(key);
    const list: readonly unknown[] | undefined = Array.isArray(at) ? at : undefined;
    at = list === undefined ? fieldOf(at, String(key)) : list[Number(key)];
  };
  for (const [, name, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    const key = index === undefined ? (name ?? '') : Number(index);
    if (keys.at(-1) === 'strategy' && isPlainObject(at) && !(key in at)) {
      for (const strategy of ['canary', 'blueGreen']) if (strategy in at) enter(strategy);
    }
    enter(key);
  }
  return keys;
}
