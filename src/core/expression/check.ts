import { childrenOf, type Node } from './ast.js';
import { checkBuiltin } from './check-builtin.js';
import { checkCall } from './check-call.js';
import { checkMember, checkSlice } from './check-member.js';
import { checkBinary, checkUnary } from './check-operator.js';
import { fail } from './error.js';
import {
  anyType,
  arrayOf,
  boolType,
  floatType,
  intType,
  lostType,
  nilType,
  sliceOf,
  stringMapType,
  stringType,
  typeName,
  type GoType,
} from './go-type.js';
import type { TypeChecker, TypeEnvironment } from './type-checker.js';
import { isReserved, loops, type LoopShape } from './names.js';

/**
 * Finds type errors before anything runs, also in a branch that never would: expr-lang refuses the whole condition then.
 * @throws ExpressionError naming the first one
 */
export function checkTypes(root: Node, environment: TypeEnvironment): GoType {
  return new Checker(environment).check(root);
}

interface Surrounding {
  readonly element: GoType;
  readonly shape: LoopShape;
}

class Checker implements TypeChecker {
  private variables: ReadonlyMap<string, GoType> = new Map();
  private surroundings: readonly Surrounding[] = [];

  constructor(readonly environment: TypeEnvironment) {}

  check(node: Node): GoType {
    switch (node.kind) {
      case 'nil':
        return nilType;
      case 'bool':
        return boolType;
      case 'int':
        return intType;
      case 'float':
        return floatType;
      case 'string':
        return stringType;
      case 'bytes':
        return sliceOf({ kind: 'int', name: 'uint8' });
      case 'name':
        return this.name(node.name);
      case 'unary':
        return checkUnary(node.operator, this.check(node.operand));
      case 'binary':
        return checkBinary(node, this.check(node.left), this.check(node.right));
      case 'chain':
        return this.check(node.inner);
      case 'member':
        return checkMember(node, this);
      case 'slice':
        return checkSlice(node, this);
      case 'call':
        return checkCall(node, this);
      case 'builtin':
        return checkBuiltin(node, this);
      default:
        return this.compound(node);
    }
  }

  private compound(node: Extract<Node, { kind: 'loop' | 'pointer' | 'let' | 'sequence' | 'conditional' | 'array' | 'map' }>): GoType {
    switch (node.kind) {
      case 'loop':
        return this.loop(node);
      case 'pointer':
        return this.pointer(node.name);
      case 'let':
        return this.variable(node);
      case 'sequence':
        return node.nodes.map((child) => this.check(child)).at(-1) ?? nilType;
      case 'conditional':
        return this.conditional(node);
      case 'array':
        return arrayOf(commonType(node.items.map((item) => this.check(item))));
      case 'map':
        childrenOf(node).forEach((child) => this.check(child));
        return stringMapType;
    }
  }

  private name(name: string): GoType {
    if (name === '$env') return { kind: 'env' };
    return this.variables.get(name) ?? this.environment.get(name) ?? fail(`unknown name ${name}`);
  }

  private variable(node: Extract<Node, { kind: 'let' }>): GoType {
    if (this.environment.has(node.name)) fail(`cannot redeclare ${node.name}`);
    if (isReserved(node.name)) fail(`cannot redeclare builtin ${node.name}`);
    if (this.variables.has(node.name)) fail(`cannot redeclare variable ${node.name}`);
    const outer = this.variables;
    const type = this.check(node.value);
    this.variables = new Map([...outer, [node.name, type]]);
    const result = this.check(node.body);
    this.variables = outer;
    return result;
  }

  private conditional(node: Extract<Node, { kind: 'conditional' }>): GoType {
    const test = this.check(node.test);
    if (test.kind !== 'bool' && test.kind !== 'unknown') fail(`non-bool expression (type ${typeName(test)}) used as condition`);
    const then = this.check(node.then);
    const otherwise = this.check(node.otherwise);
    if (then.kind === 'nil') return otherwise;
    if (otherwise.kind === 'nil' || isAny(otherwise)) return then;
    return typeName(then) === typeName(otherwise) ? then : lostType;
  }

  private pointer(name: string): GoType {
    const { element, shape } = this.surroundings.at(-1) ?? fail('cannot use pointer accessor outside predicate');
    if (name === '') return element;
    if (!shape.pointers.includes(name)) fail(`unknown pointer #${name}`);
    return name === 'index' ? intType : lostType;
  }

  private loop(node: Extract<Node, { kind: 'loop' }>): GoType {
    const array = this.check(node.array);
    if (array.kind !== 'array' && array.kind !== 'unknown') fail(`builtin ${node.name} takes only array (got ${typeName(array)})`);
    const shape = loops.get(node.name) ?? fail(`unknown name ${node.name}`);
    const element = array.kind === 'array' ? array.element : lostType;
    const predicate = node.predicate === undefined ? undefined : this.predicate(node.name, node.predicate, { element, shape });
    if (node.extra !== undefined) this.extra(node.name, node.extra);
    return loopType(node.name, array, element, predicate);
  }

  private predicate(name: string, predicate: Node, surrounding: Surrounding): GoType {
    const outer = this.surroundings;
    this.surroundings = [...outer, surrounding];
    const type = this.check(predicate);
    this.surroundings = outer;
    if (type.kind === 'nil') fail(`predicate should has ${name === 'reduce' ? 'two' : 'one'} input and one output param`);
    const judges = surrounding.shape.gives === 'boolean';
    if (judges && type.kind !== 'bool' && type.kind !== 'unknown') fail(`predicate should return boolean (got ${typeName(type)})`);
    return type;
  }

  private extra(name: string, extra: Node): void {
    const type = this.check(extra);
    if (name !== 'sortBy' || type.kind === 'string' || type.kind === 'unknown') return;
    fail(`sortBy order argument must be a string (got ${typeName(type)})`);
  }
}

function isAny(type: GoType): boolean {
  return type.kind === 'unknown' && type.name === 'interface {}';
}

function commonType(types: readonly GoType[]): GoType {
  const first = types[0];
  const known = first !== undefined && types.every((type) => typeName(type) === typeName(first));
  return known && first.kind !== 'nil' ? first : known ? lostType : anyType;
}

function loopType(name: string, array: GoType, element: GoType, predicate: GoType | undefined): GoType {
  switch (name) {
    case 'filter':
      return arrayOf(element);
    case 'map':
      return arrayOf(predicate ?? anyType);
    case 'find':
    case 'findLast':
      return element;
    case 'findIndex':
    case 'findLastIndex':
    case 'count':
      return intType;
    case 'sum':
    case 'reduce':
      return predicate ?? element;
    case 'groupBy':
      return { kind: 'map', name: 'map[interface {}][]interface {}', element: arrayOf(element) };
    case 'sortBy':
      return array;
    default:
      return boolType;
  }
}
