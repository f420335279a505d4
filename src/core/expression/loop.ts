import type { Node } from './ast.js';
import { asBool, asItems } from './convert.js';
import { fail } from './error.js';
import { applyBinary, type Resources } from './operate.js';
import { sortStable } from './sort.js';
import { canonicalKey, GoArray, goInt, GoMap, type GoValue } from './value.js';

type Loop = Extract<Node, { kind: 'loop' }>;

/** What `#`, `#index` and `#acc` stand for inside a predicate. */
export interface Pointers {
  readonly element: GoValue;
  readonly index: number;
  readonly accumulator: GoValue;
}

/** The evaluation a loop is part of. */
export interface Surroundings {
  readonly resources: Resources;
  evaluate(node: Node): GoValue;
  /** Evaluates `node` with `#` and its companions standing for something else. */
  within(pointers: Pointers, node: Node): GoValue;
}

/**
 * all, filter, map, reduce and the like. Stops as soon as the outcome is certain.
 * @throws ExpressionError when it is not given an array, or the predicate fails or gives no bool where it has to
 */
export function runLoop(node: Loop, evaluation: Surroundings): GoValue {
  const items = asItems(evaluation.evaluate(node.array), node.name, evaluation.resources.budget);
  const value = (index: number): GoValue => {
    const element = items[index] ?? null;
    return node.predicate === undefined ? element : evaluation.within({ element, index, accumulator: null }, node.predicate);
  };
  const judge = (index: number): boolean => asBool(value(index));
  switch (node.name) {
    case 'all':
      return items.every((_, index) => judge(index));
    case 'any':
      return items.some((_, index) => judge(index));
    case 'none':
      return !items.some((_, index) => judge(index));
    case 'one':
      return count(items, judge) === 1;
    case 'count':
      return goInt(count(items, judge));
    case 'filter':
      return created(
        items.filter((_, index) => judge(index)),
        evaluation,
      );
    case 'map':
      return created(
        items.map((_, index) => value(index)),
        evaluation,
      );
    default:
      return findOrFold(node, items, value, judge, evaluation);
  }
}

function count(items: readonly GoValue[], judge: (index: number) => boolean): number {
  return items.filter((_, index) => judge(index)).length;
}

function created(items: readonly GoValue[], evaluation: Surroundings): GoValue {
  evaluation.resources.budget.elements(items.length);
  return new GoArray(items);
}

function findOrFold(
  node: Loop,
  items: readonly GoValue[],
  value: (index: number) => GoValue,
  judge: (index: number) => boolean,
  evaluation: Surroundings,
): GoValue {
  switch (node.name) {
    case 'find':
      return items.find((_, index) => judge(index)) ?? null;
    case 'findLast':
      return items.findLast((_, index) => judge(index)) ?? null;
    case 'findIndex':
      return found(items.findIndex((_, index) => judge(index)));
    case 'findLastIndex':
      return found(items.findLastIndex((_, index) => judge(index)));
    case 'sum':
      return items.reduce((total, _, index) => applyBinary('+', value(index), total, evaluation.resources), goInt(0) as GoValue); // the sum is not an int for long
    case 'groupBy':
      return group(items, value, evaluation);
    case 'sortBy':
      return sortBy(node, items, value, evaluation);
    default:
      return reduce(node, items, evaluation);
  }
}

function found(index: number): GoValue {
  return index < 0 ? null : goInt(index);
}

function group(items: readonly GoValue[], value: (index: number) => GoValue, evaluation: Surroundings): GoValue {
  const groups = new Map<string, { readonly key: GoValue; readonly members: GoValue[] }>();
  evaluation.resources.budget.elements(items.length);
  items.forEach((item, index) => {
    const key = value(index);
    if (typeof key === 'string') evaluation.resources.budget.scan(key.length);
    const name = canonicalKey(key);
    const known = groups.get(name) ?? { key, members: [] };
    known.members.push(item);
    groups.set(name, known);
  });
  const pairs = [...groups.values()].map(({ key, members }) => [key, new GoArray(members)] as const);
  return new GoMap(pairs, 'map[interface {}][]interface {}');
}

function sortBy(node: Loop, items: readonly GoValue[], value: (index: number) => GoValue, evaluation: Surroundings): GoValue {
  const order = node.extra === undefined ? 'asc' : evaluation.evaluate(node.extra);
  if (typeof order !== 'string') return fail('sortBy order argument must be a string');
  if (order !== 'asc' && order !== 'desc') return fail('unknown order, use asc or desc');
  const keyed = items.map((item, index) => ({ item, key: value(index) }));
  const sorted = sortStable(keyed, ({ key }) => key, order === 'desc', evaluation.resources.budget);
  return created(
    sorted.map(({ item }) => item),
    evaluation,
  );
}

function reduce(node: Loop, items: readonly GoValue[], evaluation: Surroundings): GoValue {
  const [first] = items;
  if (first === undefined && node.extra === undefined) return fail('reduce of empty array with no initial value');
  const start = node.extra === undefined ? 1 : 0;
  let accumulator = node.extra === undefined ? (first ?? null) : evaluation.evaluate(node.extra);
  for (let index = start; index < items.length; index += 1) {
    if (node.predicate === undefined) return fail('reduce without a predicate');
    accumulator = evaluation.within({ element: items[index] ?? null, index, accumulator }, node.predicate);
  }
  return accumulator;
}
