import type { EpochMs } from '../../../lib/scheduler.js';
import type { Resources } from '../operate.js';
import type { GoValue } from '../value.js';

/** What a function of the language may use beside its arguments. */
export interface Runtime {
  readonly resources: Resources;
  readonly now: EpochMs;
}

/** Number and known types of the arguments have been checked; dynamic ones are judged here. */
export type Builtin = (args: readonly GoValue[], runtime: Runtime, name: string) => GoValue;

export type BuiltinTable = Readonly<Record<string, Builtin>>;
