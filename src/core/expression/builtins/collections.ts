import { asIndex, bytesOf } from '../convert.js';
import { areEqual } from '../equality.js';
import { fail } from '../error.js';
import { describeValue } from '../format.js';
import { sortStable } from '../sort.js';
import { keyOf } from '../operate.js';
import { goTypeName, GoArray, GoInt, GoMap, GoRecord, maxDepth, type GoValue } from '../value.js';
import type { Builtin, BuiltinTable, Runtime } from './builtin.js';

function created(items: readonly GoValue[], { resources }: Runtime, element = 'interface {}'): GoValue {
  resources.budget.elements(items.length);
  return new GoArray(items, element);
}

/** What the type check calls the value, for complaints. */
function kindName(value: GoValue): string {
  if (value === null) return 'nil';
  return value instanceof GoMap ? 'map' : goTypeName(value);
}

function itemsOf(value: GoValue | undefined, complaint: (kind: string) => string): readonly GoValue[] {
  return value instanceof GoArray ? value.items : fail(complaint(kindName(value ?? null)));
}

function mapOf(value: GoValue | undefined, complaint: (kind: string) => string): GoMap {
  return value instanceof GoMap ? value : fail(complaint(kindName(value ?? null)));
}

/** Lenient where indexing is not: what is not there is nil. */
function get([value = null, key = null]: readonly GoValue[], { resources }: Runtime): GoValue {
  if (value instanceof GoMap) return key === null ? null : value.get(keyOf(value, key, resources.budget));
  if (value instanceof GoRecord) return typeof key === 'string' ? (value.fields.get(key) ?? null) : null;
  const items = value instanceof GoArray ? value.items : typeof value === 'string' ? bytesOf(value, resources.budget) : undefined;
  return items === undefined ? null : (items.at(clampIndex(asIndex(key))) ?? null);
}

function clampIndex(index: bigint): number {
  return Number(BigInt.asIntN(53, index) === index ? index : 2n ** 52n);
}

const end =
  (index: bigint): Builtin =>
  ([value = null], runtime) =>
    get([value, fromIndex(index, value)], runtime);

function fromIndex(index: bigint, value: GoValue): GoValue {
  return value instanceof GoArray || typeof value === 'string' ? Number(index) : null;
}

function take([value = null, count = null]: readonly GoValue[], runtime: Runtime): GoValue {
  if (!(value instanceof GoArray)) return fail(`cannot take from ${kindName(value)}`);
  if (!(count instanceof GoInt)) return fail(`cannot take ${kindName(count)} elements`);
  const most = count.value;
  if (most < 0n) return fail(`cannot take ${most} elements`);
  return created(value.items.slice(0, clampIndex(most)), runtime, value.element);
}

function keys([value]: readonly GoValue[], runtime: Runtime): GoValue {
  const map = mapOf(value, (kind) => `cannot get keys from ${kind}`);
  return created(
    [...map.pairs()].map(([key]) => key),
    runtime,
  );
}

function values([value]: readonly GoValue[], runtime: Runtime): GoValue {
  const map = mapOf(value, (kind) => `cannot get values from ${kind}`);
  return created(
    [...map.pairs()].map(([, item]) => item),
    runtime,
  );
}

function toPairs([value]: readonly GoValue[], runtime: Runtime): GoValue {
  const map = mapOf(value, (kind) => `cannot transform ${kind} to pairs`);
  const pairs = [...map.pairs()].map((pair) => created(pair, runtime));
  return created(pairs, runtime, '[2]interface {}');
}

function fromPairs([value]: readonly GoValue[], runtime: Runtime): GoValue {
  const pairs = itemsOf(value, (kind) => `cannot transform ${kind} from pairs`).map((pair) => pairOf(pair, runtime));
  runtime.resources.budget.elements(pairs.length);
  return new GoMap(pairs, 'map[interface {}]interface {}');
}

function pairOf(value: GoValue, { resources }: Runtime): readonly [GoValue, GoValue] {
  if (!(value instanceof GoArray)) return fail(`invalid pair ${describeValue(value)}`);
  const [key, item] = value.items;
  if (value.items.length !== 2 || key === undefined || item === undefined) return fail(`invalid pair length ${describeValue(value)}`);
  if (typeof key === 'string') resources.budget.scan(key.length);
  return [key, item];
}

function reverse([value]: readonly GoValue[], runtime: Runtime): GoValue {
  return created(itemsOf(value, (kind) => `cannot reverse ${kind}`).toReversed(), runtime);
}

function uniq([value]: readonly GoValue[], runtime: Runtime): GoValue {
  const { budget } = runtime.resources;
  const kept: GoValue[] = [];
  for (const item of itemsOf(value, (kind) => `cannot uniq ${kind}`)) {
    if (!kept.some((known) => areEqual(known, item, budget))) kept.push(item);
  }
  return created(kept, runtime);
}

function concat(args: readonly GoValue[], runtime: Runtime): GoValue {
  return created(
    args.flatMap((arg) => itemsOf(arg, (kind) => `cannot concat ${kind}`)),
    runtime,
  );
}

function flatten([value]: readonly GoValue[], runtime: Runtime): GoValue {
  const items = itemsOf(value, (kind) => `cannot flatten ${kind}`);
  return created(flat(items, runtime, 0), runtime);
}

function flat(items: readonly GoValue[], runtime: Runtime, depth: number): readonly GoValue[] {
  if (depth > maxDepth) return fail(`value is nested deeper than ${maxDepth} levels`);
  runtime.resources.budget.step(4 * items.length + 4);
  runtime.resources.budget.elements(items.length);
  return items.flatMap((item) => (item instanceof GoArray ? flat(item.items, runtime, depth + 1) : [item]));
}

function sort([value, order = 'asc']: readonly GoValue[], runtime: Runtime): GoValue {
  if (typeof order !== 'string') return fail(`sort order argument must be a string (got ${goTypeName(order)})`);
  if (order !== 'asc' && order !== 'desc') return fail(`invalid order ${order}, expected asc or desc`);
  if (!(value instanceof GoArray)) return created([], runtime);
  return created(
    sortStable(value.items, (item) => item, order === 'desc', runtime.resources.budget),
    runtime,
  );
}

export const collections: BuiltinTable = {
  first: end(0n),
  last: end(-1n),
  get,
  take,
  keys,
  values,
  toPairs,
  fromPairs,
  reverse,
  uniq,
  concat,
  flatten,
  sort,
};
