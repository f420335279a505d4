import { labelKeyError, labelValueError } from '../lib/label-selector.js';
import { forbidden, invalid, required } from './field-error.js';
import type { LabelSelector } from './rollout-types.js';
import type { FieldError } from './workload-types.js';

/** Labels by Kubernetes' syntax. Semantics: Kubernetes, ValidateLabels, 1.35. */
export function validateLabels(labels: Readonly<Record<string, string>>, path: string): readonly FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...validateLabelKey(key, path),
    ...asErrors(path, value, labelValueError(value)),
  ]);
}

export function validateLabelKey(key: string, path: string): readonly FieldError[] {
  return asErrors(path, key, labelKeyError(key));
}

function asErrors(path: string, value: string, detail: string | undefined): readonly FieldError[] {
  return detail === undefined ? [] : [invalid(path, value, detail)];
}

/** Semantics: Kubernetes, ValidateLabelSelector, 1.35. */
export function validateLabelSelector(selector: LabelSelector, path: string): readonly FieldError[] {
  return [
    ...validateLabels(selector.matchLabels ?? {}, `${path}.matchLabels`),
    ...(selector.matchExpressions ?? []).flatMap((expression, index) =>
      validateExpression(expression, `${path}.matchExpressions[${index}]`),
    ),
  ];
}

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

function validateExpression(expression: Expression, path: string): readonly FieldError[] {
  return [...validateOperator(expression, path), ...validateLabelKey(expression.key, `${path}.key`)];
}

function validateOperator({ operator, values = [] }: Expression, path: string): readonly FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0 ? [] : [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0 ? [] : [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')];
  }
}
