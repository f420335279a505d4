import type { Node } from './ast.js';
import type { TypeChecker } from './type-checker.js';
import { fail } from './error.js';
import { lostType, typeName, type GoType, type Signature } from './go-type.js';

/** @throws ExpressionError for what is no function, and for arguments it does not take */
export function checkCall(node: Extract<Node, { kind: 'call' }>, checker: TypeChecker): GoType {
  const callee = checker.check(node.callee);
  const args = node.args.map((arg) => checker.check(arg));
  if (callee.kind === 'func') return checkArguments(calleeName(node.callee, callee.signature), callee.signature, args);
  return isFromMap(node.callee, checker) || callee.kind === 'unknown' ? lostType : fail(`${typeName(callee)} is not callable`);
}

function calleeName(callee: Node, signature: Signature): string {
  return callee.kind === 'name' ? callee.name : signature.name;
}

/** What a map holds is only known at run time, whatever the type check made of it. */
function isFromMap(callee: Node, checker: TypeChecker): boolean {
  return callee.kind === 'member' && checker.check(callee.object).kind === 'map';
}

/** @throws ExpressionError for too few, too many or unsuitable arguments */
export function checkArguments(name: string, signature: Signature, args: readonly GoType[]): GoType {
  if (args.length > signature.params.length) fail(`too many arguments to call ${name}`);
  if (args.length < signature.params.length - signature.optional) fail(`not enough arguments to call ${name}`);
  args.forEach((arg, index) => checkArgument(name, signature.params[index] ?? lostType, arg));
  return signature.result;
}

function checkArgument(name: string, param: GoType, arg: GoType): void {
  if (isAssignable(param, arg)) return;
  fail(`cannot use ${arg.kind === 'nil' ? 'nil' : reflected(arg)} as argument (type ${typeName(param)}) to call ${name}`);
}

function reflected(type: GoType): string {
  return type.kind === 'location' ? '*time.Location' : typeName(type);
}

function isAssignable(param: GoType, arg: GoType): boolean {
  if (param.kind === 'unknown' || arg.kind === 'unknown') return true;
  if (param.kind === 'float64') return arg.kind === 'float64' || arg.kind === 'int';
  if (param.kind === 'array') return arg.kind === 'array' && (arg.name === '[]interface {}' || arg.name === param.name);
  if (param.kind === 'int') return arg.kind === 'int';
  return typeName(param) === typeName(arg) && arg.kind !== 'nil';
}
