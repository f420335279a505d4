import type { Node } from './ast.js';
import type { TypeChecker } from './type-checker.js';
import { fail } from './error.js';
import { lostType, typeName, type GoType } from './go-type.js';
import { methodType } from './time-methods.js';

type Member = Extract<Node, { kind: 'member' }>;
type Slice = Extract<Node, { kind: 'slice' }>;

/** @throws ExpressionError when what is accessed is known and has no such field, key or element */
export function checkMember(node: Member, checker: TypeChecker): GoType {
  const object = checker.check(node.object);
  const property = checker.check(node.property);
  switch (object.kind) {
    case 'unknown':
      return lostType;
    case 'env':
      return environmentName(node, checker);
    case 'map':
      checkKey(object.name, property);
      return object.element;
    case 'array':
      return isIndex(property) ? object.element : fail(`array elements can only be selected using an integer (got ${typeName(property)})`);
    case 'nil':
      return fail(
        node.property.kind === 'string'
          ? `type nil has no field ${node.property.value}`
          : `type unknown[${typeName(property)}] is undefined`,
      );
    default:
      return fieldType(node, object, property);
  }
}

function environmentName(node: Member, checker: TypeChecker): GoType {
  if (node.property.kind !== 'string') return lostType;
  const type = checker.environment.get(node.property.value);
  if (type !== undefined) return type;
  return node.optional ? lostType : fail(`unknown name ${node.property.value}`);
}

function checkKey(map: string, key: GoType): void {
  if (!map.startsWith('map[string]') || key.kind === 'string' || key.kind === 'unknown') return;
  fail(`cannot use ${typeName(key)} to get an element from ${map}`);
}

export function isIndex(type: GoType): boolean {
  return type.kind === 'int' || type.kind === 'unknown';
}

function fieldType(node: Member, object: GoType, property: GoType): GoType {
  if (node.property.kind !== 'string') return fail(`type ${typeName(object)}[${typeName(property)}] is undefined`);
  const name = node.property.value;
  const type = (object.kind === 'record' ? object.fields.get(name) : undefined) ?? methodType(object, name);
  return type ?? fail(`type ${typeName(object)} has no ${node.called ? 'method' : 'field'} ${name}`);
}

/** @throws ExpressionError for what cannot be sliced, and for bounds that are no integers */
export function checkSlice(node: Slice, checker: TypeChecker): GoType {
  const object = checker.check(node.object);
  if (object.kind !== 'string' && object.kind !== 'array' && object.kind !== 'unknown') fail(`cannot slice ${typeName(object)}`);
  for (const bound of [node.from, node.to]) {
    const type = bound === undefined ? undefined : checker.check(bound);
    if (type !== undefined && !isIndex(type)) fail(`non-integer slice index ${typeName(type)}`);
  }
  return object.kind === 'unknown' ? lostType : object;
}
