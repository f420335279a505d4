import type { KubeObject } from '../../../api/kube.js';
import type { Draft } from '../json.js';
import { at } from '../json.js';
import { complaintsOfRules, hasRules } from '../schema/cel-rules.js';
import { createValidator } from '../schema/validator.js';
import type { Cause } from '../status-error.js';
import { cause } from '../status-error.js';
import type { ScalePaths } from './kind.js';

/** With one of these the rules cannot be trusted to make sense of the object, and are not asked. */
const blocking = ['FieldValueNotSupported', 'FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany', 'FieldValueTypeInvalid'];

/** Everything a definition says about its objects: the schema, the scale subresource's numbers, and the rules. */
export function createCustomRules(schema: Draft, scale: ScalePaths | undefined): (draft: Draft, old?: KubeObject) => readonly Cause[] {
  const validate = createValidator(schema);
  const asksRules = hasRules(schema);
  return (draft, old) => {
    const found = [...validate(draft), ...(scale ? scaleComplaints(draft, scale) : [])];
    if (!asksRules) return found;
    return found.some(({ reason }) => blocking.includes(reason))
      ? [...found, notAsked]
      : [...found, ...complaintsOfRules(draft, old, schema)];
  };
}

const notAsked: Cause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};

function scaleComplaints(draft: Draft, { specReplicas, statusReplicas }: ScalePaths): readonly Cause[] {
  return [specReplicas, statusReplicas].flatMap((path) => {
    const field = `.${path.join('.')}`;
    const value = at(draft, ...path);
    if (value === undefined) return [];
    if (typeof value !== 'number' || !Number.isInteger(value))
      return [cause.invalid(field, 0, `${field} accessor error: ${accessorText(value)}`)];
    return value < 0 ? [cause.invalid(field, value, 'should be a non-negative integer')] : [];
  });
}

/** Go prints the value and its type. */
function accessorText(value: unknown): string {
  const type = typeof value === 'number' ? 'float64' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `${typeof value === 'string' ? value : JSON.stringify(value)} is of the type ${type}, expected int64`;
}
