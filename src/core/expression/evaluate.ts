import type { EpochMs } from '../../lib/scheduler.js';
import type { Node } from './ast.js';
import { callBuiltin } from './builtins/index.js';
import { asBool, asIndex, failConversion } from './convert.js';
import { callFunction, wantsFloat } from './environment.js';
import { fail } from './error.js';
import { describeValue } from './format.js';
import { calendarSteps, type Budget } from './limits.js';
import { runLoop, type Pointers, type Surroundings } from './loop.js';
import { applyBinary, applyUnary, keyOf, Resources } from './operate.js';
import { callMethod, hasMethod, type Receiver } from './time-methods.js';
import {
  goInt,
  goTypeName,
  GoArray,
  GoDuration,
  GoEnvironment,
  GoFunction,
  GoInt,
  GoLocation,
  GoMap,
  GoRecord,
  GoTime,
  toFloat,
  type GoValue,
} from './value.js';

/**
 * Runs a condition that has passed the type check.
 * @param now what now() answers
 * @throws ExpressionError for whatever goes wrong while it runs, and when a limit is reached
 */
export function evaluate(root: Node, environment: ReadonlyMap<string, GoValue>, now: EpochMs): GoValue {
  return new Evaluation(environment, now).evaluate(root);
}

class Evaluation implements Surroundings {
  readonly resources = new Resources();
  private variables: ReadonlyMap<string, GoValue> = new Map();
  private pointers: Pointers | undefined;

  constructor(
    private readonly environment: ReadonlyMap<string, GoValue>,
    readonly now: EpochMs,
  ) {}

  evaluate(node: Node): GoValue {
    this.resources.budget.step();
    switch (node.kind) {
      case 'nil':
        return null;
      case 'bool':
      case 'float':
      case 'string':
        return node.value;
      case 'int':
        return goInt(node.value);
      case 'bytes':
        return new GoArray(
          node.value.map((byte) => new GoInt(BigInt(byte), 'uint8')),
          'uint8',
        );
      case 'name':
        return this.name(node.name);
      case 'pointer':
        return this.pointer(node.name);
      case 'unary':
        return applyUnary(node.operator, this.evaluate(node.operand));
      case 'binary':
        return this.binary(node);
      case 'member':
      case 'call':
        return this.link(node) ?? null;
      case 'chain':
        return this.link(node.inner) ?? null;
      default:
        return this.compound(node);
    }
  }

  private compound(
    node: Extract<Node, { kind: 'slice' | 'builtin' | 'loop' | 'let' | 'sequence' | 'conditional' | 'array' | 'map' }>,
  ): GoValue {
    switch (node.kind) {
      case 'slice':
        return this.slice(node);
      case 'builtin':
        return callBuiltin(node.name, this.all(node.args), this);
      case 'loop':
        return runLoop(node, this);
      case 'let':
        return this.variable(node);
      case 'sequence':
        return this.all(node.nodes).at(-1) ?? null;
      case 'conditional':
        return this.evaluate(asBool(this.evaluate(node.test)) ? node.then : node.otherwise);
      case 'array':
        this.resources.budget.elements(node.items.length);
        return new GoArray(this.all(node.items));
      case 'map':
        return this.map(node);
    }
  }

  within(pointers: Pointers, node: Node): GoValue {
    const outer = this.pointers;
    this.pointers = pointers;
    const value = this.evaluate(node);
    this.pointers = outer;
    return value;
  }

  private all(nodes: readonly Node[]): readonly GoValue[] {
    return nodes.map((node) => this.evaluate(node));
  }

  private name(name: string): GoValue {
    if (name === '$env') return new GoEnvironment(this.environment);
    const value = this.variables.get(name) ?? this.environment.get(name);
    return value ?? null;
  }

  private pointer(name: string): GoValue {
    const pointers = this.pointers ?? fail('cannot use pointer accessor outside predicate');
    if (name === 'index') return goInt(pointers.index);
    return name === 'acc' ? pointers.accumulator : pointers.element;
  }

  private variable(node: Extract<Node, { kind: 'let' }>): GoValue {
    const outer = this.variables;
    this.variables = new Map([...outer, [node.name, this.evaluate(node.value)]]);
    this.resources.budget.elements(this.variables.size);
    const value = this.evaluate(node.body);
    this.variables = outer;
    return value;
  }

  /** What decides the outcome alone spares the right side; the type check has seen it all the same. */
  private binary(node: Extract<Node, { kind: 'binary' }>): GoValue {
    const left = this.evaluate(node.left);
    switch (node.operator) {
      case 'and':
      case '&&':
        return asBool(left) ? this.evaluate(node.right) : false;
      case 'or':
      case '||':
        return asBool(left) ? true : this.evaluate(node.right);
      case '??':
        return left ?? this.evaluate(node.right);
      case 'in':
        checkWords(left, node.right);
        return applyBinary('in', left, this.evaluate(node.right), this.resources);
      default:
        return applyBinary(node.operator, left, this.evaluate(node.right), this.resources);
    }
  }

  private map(node: Extract<Node, { kind: 'map' }>): GoValue {
    this.resources.budget.elements(node.pairs.length);
    const pairs = node.pairs.map(({ key, value }): [GoValue, GoValue] => {
      const name = this.evaluate(key);
      return [typeof name === 'string' ? name : failConversion(name, 'string'), this.evaluate(value)];
    });
    // Of a key given twice the first counts: the later ones are put in before it.
    return new GoMap(pairs.reverse());
  }

  private slice(node: Extract<Node, { kind: 'slice' }>): GoValue {
    const object = this.evaluate(node.object);
    const from = node.from === undefined ? 0n : asIndex(this.evaluate(node.from));
    const to = node.to === undefined ? undefined : asIndex(this.evaluate(node.to));
    if (typeof object === 'string') return sliceText(object, from, to, this.resources);
    if (!(object instanceof GoArray)) return fail(`cannot slice ${goTypeName(object)}`);
    const [start, end] = bounds(from, to, object.items.length);
    this.resources.budget.elements(end - start);
    return new GoArray(object.items.slice(start, end), object.element);
  }

  /** A member or a call; undefined when a `?.` before it has met nil, which ends the whole chain. */
  private link(node: Node): GoValue | undefined {
    if (node.kind === 'call') return this.call(node);
    if (node.kind !== 'member') return this.evaluate(node);
    this.resources.budget.step();
    const object = this.link(node.object);
    if (object === undefined || (node.optional && object === null)) return undefined;
    return fetch(object, this.evaluate(node.property), node.optional, this.resources.budget);
  }

  private method(receiver: Receiver, name: string, args: readonly GoValue[]): GoValue {
    this.resources.budget.step(calendarSteps);
    return callMethod(receiver, name, args);
  }

  private call(node: Extract<Node, { kind: 'call' }>): GoValue | undefined {
    const callee = this.link(node.callee);
    if (callee === undefined) return undefined;
    const args = this.all(node.args);
    if (!(callee instanceof GoFunction)) return failCall(callee);
    if (callee.receiver !== undefined) return this.method(callee.receiver, callee.name, args);
    const literal = node.args[0] !== undefined && isIntegerLiteral(node.args[0]);
    const given = literal && wantsFloat(callee.name) ? args.map((arg) => (arg instanceof GoInt ? toFloat(arg) : arg)) : args;
    return callFunction(callee.name, given, this.environment.get('result') ?? null);
  }
}

/** expr-lang turns a literal list of texts into a set, and asking that for anything but a text is an error. */
function checkWords(left: GoValue, right: Node): void {
  if (left === null || typeof left === 'string' || right.kind !== 'array' || right.items.length === 0) return;
  if (right.items.every((item) => item.kind === 'string')) fail(`cannot use ${goTypeName(left)} as type string in array`);
}

function failCall(callee: GoValue): never {
  return fail(`invalid operation: cannot call ${callee === null ? 'nil' : `non-function of type ${goTypeName(callee)}`}`);
}

/** Integers written down, and sums of such, count as floats where a float is wanted. */
function isIntegerLiteral(node: Node): boolean {
  if (node.kind === 'unary') return isIntegerLiteral(node.operand);
  if (node.kind === 'binary') return isIntegerLiteral(node.left) && isIntegerLiteral(node.right);
  return node.kind === 'int';
}

/** @throws ExpressionError when there is no such field, key or element */
function fetch(object: GoValue, property: GoValue, optional: boolean, budget: Budget): GoValue {
  if (object instanceof GoMap) return property === null ? null : object.get(keyOf(object, property, budget));
  if (object instanceof GoArray) return elementAt(object.items, asIndex(property));
  if (typeof object === 'string') return byteAt(object, asIndex(property), budget);
  if (object instanceof GoRecord && typeof property === 'string') return object.fields.get(property) ?? failFetch(object, property);
  if (object instanceof GoEnvironment) return fetchName(object, property, optional);
  if (isReceiver(object) && typeof property === 'string' && hasMethod(object, property)) return new GoFunction(property, object);
  return failFetch(object, property);
}

function fetchName(environment: GoEnvironment, property: GoValue, optional: boolean): GoValue {
  if (typeof property !== 'string') return failFetch(environment, property);
  return environment.names.get(property) ?? (optional || environment.names.has(property) ? null : failFetch(environment, property));
}

function isReceiver(value: GoValue): value is Receiver {
  return value instanceof GoTime || value instanceof GoDuration || value instanceof GoLocation || value instanceof GoInt;
}

function failFetch(object: GoValue, property: GoValue): never {
  return fail(`cannot fetch ${describeValue(property)} from ${goTypeName(object)}`);
}

/** Negative indices count from the end. */
function elementAt(items: readonly GoValue[], index: bigint): GoValue {
  return items[position(index, items.length)] ?? null;
}

function position(index: bigint, length: number): number {
  const at = index < 0n ? index + BigInt(length) : index;
  return at < 0n || at >= BigInt(length) ? fail(`index out of range: ${at} (array length is ${length})`) : Number(at);
}

function byteAt(text: string, index: bigint, budget: Budget): GoValue {
  budget.text(text.length);
  const bytes = new TextEncoder().encode(text);
  return new GoInt(BigInt(bytes[position(index, bytes.length)] ?? 0), 'uint8');
}

/** Bounds that lie outside are moved to the ends; crossing ones give nothing. */
function bounds(from: bigint, to: bigint | undefined, length: number): readonly [number, number] {
  const clamp = (at: bigint): number => Number(at < 0n ? 0n : at > BigInt(length) ? BigInt(length) : at);
  const fromEnd = (at: bigint): bigint => (at < 0n ? at + BigInt(length) : at);
  const end = clamp(fromEnd(to ?? BigInt(length)));
  return [Math.min(clamp(fromEnd(from)), end), end];
}

/** Texts are cut at bytes, as Go does it. */
function sliceText(text: string, from: bigint, to: bigint | undefined, resources: Resources): string {
  resources.budget.text(text.length);
  const bytes = new TextEncoder().encode(text);
  const [start, end] = bounds(from, to, bytes.length);
  return new TextDecoder().decode(bytes.subarray(start, end));
}
