import type { Draft } from '../json.js';
import { recordAt } from '../json.js';
import type { Cause } from '../status-error.js';
import { cause } from '../status-error.js';

const keyRule =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', " +
  "regex used for validation is '[-._a-zA-Z0-9]+')";

/** Keys of ConfigMaps and Secrets become names of files. */
export function validateDataKeys(draft: Draft): readonly Cause[] {
  return ['data', 'binaryData'].flatMap((part) =>
    Object.keys(recordAt(draft, part)).flatMap((key) =>
      /^[-._a-zA-Z0-9]+$/.test(key) && key !== '.' && key !== '..' ? [] : [cause.invalid(`${part}[${key}]`, key, keyRule)],
    ),
  );
}

/** What is marked immutable stays as it is. */
export function validateImmutableData(draft: Draft, old: object): readonly Cause[] {
  const before: Draft = { ...old };
  if (before['immutable'] !== true) return [];
  return ['data', 'binaryData', 'immutable']
    .filter((key) => JSON.stringify(draft[key]) !== JSON.stringify(before[key]))
    .map((key) => cause.forbidden(key, 'field is immutable when `immutable` is set'));
}
