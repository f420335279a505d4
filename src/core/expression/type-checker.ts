import type { Node } from './ast.js';
import type { GoType } from './go-type.js';

/** Types of the names a condition may use. */
export type TypeEnvironment = ReadonlyMap<string, GoType>;

/** What a rule about one node needs of the type check it is part of. */
export interface TypeChecker {
  readonly environment: TypeEnvironment;
  /** @throws ExpressionError for a type error anywhere below */
  check(node: Node): GoType;
}
