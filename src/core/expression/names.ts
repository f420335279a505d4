/** What the second and third argument of a loop are: `all(array, predicate)`, `reduce(array, predicate, initial)`. */
export interface LoopShape {
  readonly predicate: 'required' | 'optional';
  readonly extra: boolean;
  /** What the predicate has to give; `boolean` is checked before the condition runs. */
  readonly gives: 'boolean' | 'anything';
  /** Names beside `#` that the predicate may use. */
  readonly pointers: readonly string[];
}

const judge: LoopShape = { predicate: 'required', extra: false, gives: 'boolean', pointers: [] };
const indexed: LoopShape = { predicate: 'required', extra: false, gives: 'anything', pointers: [] };

/** Functions that run a predicate for each element. */
export const loops: ReadonlyMap<string, LoopShape> = new Map([
  ['all', judge],
  ['none', judge],
  ['any', judge],
  ['one', judge],
  ['filter', judge],
  ['find', judge],
  ['findIndex', judge],
  ['findLast', judge],
  ['findLastIndex', judge],
  ['count', { ...judge, predicate: 'optional' }],
  ['sum', { ...indexed, predicate: 'optional' }],
  ['map', { ...indexed, pointers: ['index'] }],
  ['groupBy', indexed],
  ['sortBy', { ...indexed, extra: true }],
  ['reduce', { ...indexed, extra: true, pointers: ['index', 'acc'] }],
]);

const plain =
  'len type abs ceil floor round int float string trim trimPrefix trimSuffix upper lower split splitAfter replace repeat join ' +
  'indexOf lastIndexOf hasPrefix hasSuffix max min mean median toJSON fromJSON toBase64 fromBase64 now duration date timezone ' +
  'first last get take keys values toPairs fromPairs reverse uniq concat flatten sort ' +
  'bitand bitor bitxor bitnand bitshl bitshr bitushr bitnot';

const builtins = new Set(plain.split(' '));

/** Functions of the language that take plain values. */
export function isBuiltin(name: string): boolean {
  return builtins.has(name);
}

export function isReserved(name: string): boolean {
  return builtins.has(name) || loops.has(name);
}
