import { fail } from '../error.js';
import { goInt, goTypeName, GoInt, type GoValue } from '../value.js';
import type { BuiltinTable } from './builtin.js';

/** The language works on 64-bit ints; shifts by 64 and more push everything out. */
function operands(args: readonly GoValue[], name: string): readonly bigint[] {
  return args.map((arg) =>
    arg instanceof GoInt ? arg.value : fail(`cannot use ${goTypeName(arg)} as argument (type int) to call ${name}`),
  );
}

const on = (combine: (left: bigint, right: bigint) => bigint) => (args: readonly GoValue[], _runtime: unknown, name: string) => {
  const [left = 0n, right = 0n] = operands(args, name);
  return goInt(combine(left, right));
};

const shifting = (shift: (value: bigint, by: bigint) => bigint) =>
  on((value, by) => {
    if (by < 0n) return fail(`invalid operation: negative shift count ${by} (type int)`);
    return shift(value, by > 64n ? 64n : by);
  });

export const bits: BuiltinTable = {
  bitand: on((left, right) => left & right),
  bitor: on((left, right) => left | right),
  bitxor: on((left, right) => left ^ right),
  bitnand: on((left, right) => left & ~right),
  bitshl: shifting((value, by) => value << by),
  bitshr: shifting((value, by) => value >> by),
  bitushr: shifting((value, by) => BigInt.asUintN(64, value) >> by),
  bitnot: on((value) => ~value),
};
