import { fail } from '../error.js';
import type { GoValue } from '../value.js';
import { bits } from './bits.js';
import type { Builtin, Runtime } from './builtin.js';
import { collections } from './collections.js';
import { conversions } from './conversions.js';
import { numbers } from './numbers.js';
import { texts } from './texts.js';
import { times } from './times.js';

const table: ReadonlyMap<string, Builtin> = new Map(
  [numbers, conversions, texts, times, collections, bits].flatMap((part) => Object.entries(part)),
);

/** @throws ExpressionError for arguments it cannot take, and when it needs more than the budget has */
export function callBuiltin(name: string, args: readonly GoValue[], runtime: Runtime): GoValue {
  const builtin = table.get(name) ?? fail(`unknown name ${name}`);
  return builtin(args, runtime, name);
}
