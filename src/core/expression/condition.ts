import type { EpochMs } from '../../lib/scheduler.js';
import { childrenOf, type Node } from './ast.js';
import { checkTypes } from './check.js';
import { conditionTypes, conditionValues, timeTypes, timeValues } from './environment.js';
import { ExpressionError } from './error.js';
import { evaluate } from './evaluate.js';
import { anyType, typeName, typeOfValue, type GoType } from './go-type.js';
import { maxMessageLength } from './limits.js';
import { parseExpression } from './parser.js';
import { goTypeName, GoArray, GoTime, type GoValue } from './value.js';

/** What Argo Rollouts writes instead of the cause when there was nothing to judge. */
export const noData = 'metric result is nil or empty: no data returned from the metric provider';

/** A condition that parses and, as far as types are known, fits them. */
interface Condition {
  readonly kind: 'condition';
  readonly source: string;
}

interface CompileError {
  readonly kind: 'error';
  /** One line, without a position, in the words of expr-lang. */
  readonly message: string;
}

type BooleanOutcome = { readonly ok: true; readonly value: boolean } | Failure;
type TimeOutcome = { readonly ok: true; readonly epochMs: EpochMs } | Failure;

interface Failure {
  readonly ok: false;
  readonly message: string;
  /** What went wrong, where `message` says that there was no data. */
  readonly cause?: string;
}

/**
 * Finds out before anything is measured whether a condition can work.
 *
 * @param resultType type of the provider's value; left out, `result` is taken for dynamic and only what is wrong with
 * every result is found: syntax, unknown names, operators between literals that do not fit
 * Semantics: expr-lang 1.17.8 in Argo Rollouts' environment, whose compile errors these are. Argo finds them at the first
 * measurement only.
 */
export function compileCondition(source: string, resultType: GoType = anyType): Condition | CompileError {
  return attempt<Condition | CompileError>(
    () => {
      const type = checkTypes(parseExpression(source), conditionTypes(resultType));
      if (type.kind === 'bool' || type.kind === 'unknown') return { kind: 'condition', source };
      return { kind: 'error', message: `expected bool, but got ${type.kind === 'nil' ? '<nil>' : typeName(type)}` };
    },
    (message) => ({ kind: 'error', message }),
  );
}

/**
 * Judges one result.
 *
 * @param result what the provider handed in; its Go type decides what is a type error
 * @param now what now() answers
 * @returns the message is the cause only; who knows which condition it was puts that in front. When the result is nil or
 * an empty array the message is `noData`, unless the condition is wrong for every result (Argo hides that, too).
 * Never throws; ends within 1,000,000 steps, 1,000,000 elements and 32 MB of text.
 */
export function evaluateCondition(source: string, result: GoValue, now: EpochMs): BooleanOutcome {
  const outcome = judge(source, result, now);
  if (outcome.ok || !isEmpty(result)) return outcome;
  if (compileCondition(source).kind === 'error') return outcome;
  return { ok: false, message: noData, cause: outcome.message };
}

function judge(source: string, result: GoValue, now: EpochMs): BooleanOutcome {
  return attempt<BooleanOutcome>(
    () => {
      const node = parseExpression(source);
      checkTypes(node, conditionTypes(typeOfValue(result)));
      const value = evaluate(node, conditionValues(result), now);
      if (typeof value === 'boolean') return { ok: true, value };
      return { ok: false, message: `expected bool, but got ${goTypeName(value)}` };
    },
    (message) => ({ ok: false, message }),
  );
}

function isEmpty(result: GoValue): boolean {
  return result === null || (result instanceof GoArray && result.items.length === 0);
}

/**
 * A point in time, for `rangeQuery.start` and `end`: `now() - duration("5m")`. There is no `result` here.
 * @returns whole milliseconds, rounded down. Never throws.
 */
export function evaluateTime(source: string, now: EpochMs): TimeOutcome {
  return attempt<TimeOutcome>(
    () => {
      const node = parseExpression(source);
      checkTypes(node, timeTypes());
      const value = evaluate(node, timeValues(), now);
      if (!(value instanceof GoTime)) return { ok: false, message: `expected time.Time, but got ${goTypeName(value)}` };
      return { ok: true, epochMs: floorToMs(value.epochNs) };
    },
    (message) => ({ ok: false, message }),
  );
}

function floorToMs(ns: bigint): EpochMs {
  const ms = ns / 1_000_000n;
  return Number(ms * 1_000_000n > ns ? ms - 1n : ms);
}

/**
 * Runs what may fail by design. Anything but an ExpressionError would be a bug of ours; as expr-lang does with a panic,
 * it costs this one measurement and not the controller.
 */
function attempt<T>(run: () => T, failed: (message: string) => T): T {
  try {
    return run();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const message = error instanceof ExpressionError ? text : `internal error in the condition: ${text}`;
    return failed(message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}...` : message);
  }
}

/**
 * What is allowed but hardly meant: `isNil(result.x)` and `default(result.x, 0)` ignore their first argument and look at
 * the whole result.
 * @returns one sentence for each such call; nothing for a condition that does not parse
 */
export function conditionWarnings(source: string): readonly string[] {
  return attempt<readonly string[]>(
    () => [...new Set(warningsOf(parseExpression(source)))],
    () => [],
  );
}

function warningsOf(root: Node): readonly string[] {
  const warnings: string[] = [];
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const warning = warningOf(node);
    if (warning !== undefined) warnings.push(warning);
    waiting.push(...childrenOf(node).toReversed());
  }
  return warnings;
}

function warningOf(node: Node): string | undefined {
  if (node.kind !== 'call' || node.callee.kind !== 'name') return undefined;
  const { name } = node.callee;
  const [first] = node.args;
  if ((name !== 'isNil' && name !== 'default') || first === undefined) return undefined;
  if (first.kind === 'name' && first.name === 'result') return undefined;
  return `${name}() ignores its first argument and looks at the whole result`;
}
