import { copyJson } from './draft.js';
import jsonPatch, { type Operation } from 'fast-json-patch';
import { ControllerError, errorMessage } from './errors.js';
import { isPlainObject } from './json.js';

const operations = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/**
 * Applies a JSON patch to a copy of `document`.
 *
 * @throws ControllerError `invalid` when an operation is malformed, names a path that does not exist, reaches for a prototype, or a test fails;
 *   `fields.index` is the operation's position
 * Semantics: RFC 6902.
 */
export function applyJsonPatch(document: unknown, patch: readonly unknown[]): unknown {
  let current = copyJson(document);
  patch.forEach((operation, index) => {
    current = applyOne(current, operation, index);
  });
  return current;
}

/** A copy, as the library puts the operation's value itself into the document. */
function copyOperation(operation: Operation): Operation {
  // A copy has the shape of what it is a copy of.
  return copyJson(operation) as Operation;
}

function applyOne(document: unknown, operation: unknown, index: number): unknown {
  if (!isOperation(operation)) {
    throw new ControllerError('invalid', `json patch operation ${index} is malformed`, { index });
  }
  try {
    return jsonPatch.applyOperation(document, copyOperation(operation), true, true, true, index).newDocument;
  } catch (error) {
    const [firstLine = ''] = errorMessage(error).split('\n');
    throw new ControllerError(
      'invalid',
      `json patch operation ${index} (${operation.op} ${operation.path}): ${firstLine}`,
      { index },
      { cause: error },
    );
  }
}

function isOperation(value: unknown): value is jsonPatch.Operation {
  if (!isPlainObject(value) || typeof value['op'] !== 'string' || !operations.has(value['op'])) return false;
  const pointers = value['op'] === 'move' || value['op'] === 'copy' ? [value['path'], value['from']] : [value['path']];
  return pointers.every((pointer) => typeof pointer === 'string' && (pointer === '' || pointer.startsWith('/')));
}
