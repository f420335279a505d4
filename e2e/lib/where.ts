import type { Json, KubeObject } from '../../src/api/kube.js';
import { isEqual } from '../../src/lib/equal.js';
import { jsonAt, shownJson } from './json-at.js';

/** Whether every condition of a `wait` holds in one object: values at dotted paths, or an operator on them. */
export function holds(object: KubeObject, where: Readonly<Record<string, Json>>): boolean {
  return Object.entries(where).every(([path, wanted]) => matches(at(object, path), wanted, object));
}

function at(object: KubeObject, path: string): Json | undefined {
  return jsonAt(object, ...path.split('.'));
}

function matches(found: Json | undefined, wanted: Json, object: KubeObject): boolean {
  if (typeof wanted !== 'object') return found === wanted;
  if (wanted === null) return found === undefined;
  return Object.entries(wanted).every(([operator, operand]) => matchesOperator(operator, found, operand, object));
}

function matchesOperator(operator: string, found: Json | undefined, operand: Json, object: KubeObject): boolean {
  switch (operator) {
    case 'eqPath':
      return found !== undefined && isEqual(found, at(object, shownJson(operand)));
    case 'in':
      return Array.isArray(operand) && operand.includes(found);
    case 'ge':
      return Number(found ?? 0) >= Number(operand);
    case 'le':
      return Number(found ?? 0) <= Number(operand);
    case 'not':
      return !isEqual(found ?? null, operand);
    case 'match':
      return new RegExp(shownJson(operand)).test(shownJson(found));
    default:
      throw new Error(`unknown operator ${operator}`);
  }
}
