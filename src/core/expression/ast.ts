export type UnaryOperator = 'not' | '!' | '-' | '+';

/** One node of a parsed condition. */
export type Node =
  | { readonly kind: 'nil' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: readonly number[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Node }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: 'member'; readonly object: Node; readonly property: Node; readonly optional: boolean; readonly called: boolean }
  /** Where the nil of a `?.` inside ends up. */
  | { readonly kind: 'chain'; readonly inner: Node }
  | { readonly kind: 'slice'; readonly object: Node; readonly from?: Node; readonly to?: Node }
  | { readonly kind: 'call'; readonly callee: Node; readonly args: readonly Node[] }
  | { readonly kind: 'builtin'; readonly name: string; readonly args: readonly Node[] }
  /** all, filter, reduce and so on: `predicate` runs once per element, `extra` is the initial value or the order. */
  | { readonly kind: 'loop'; readonly name: string; readonly array: Node; readonly predicate?: Node; readonly extra?: Node }
  | { readonly kind: 'pointer'; readonly name: string }
  | { readonly kind: 'let'; readonly name: string; readonly value: Node; readonly body: Node }
  | { readonly kind: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly kind: 'conditional'; readonly test: Node; readonly then: Node; readonly otherwise: Node }
  | { readonly kind: 'array'; readonly items: readonly Node[] }
  | { readonly kind: 'map'; readonly pairs: readonly { readonly key: Node; readonly value: Node }[] };

/** The nodes right below one, in the order they are evaluated. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'unary':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'member':
      return [node.object, node.property];
    case 'chain':
      return [node.inner];
    case 'slice':
      return [node.object, node.from, node.to].filter((child) => child !== undefined);
    case 'call':
      return [node.callee, ...node.args];
    case 'builtin':
      return node.args;
    case 'loop':
      return [node.array, node.predicate, node.extra].filter((child) => child !== undefined);
    case 'let':
      return [node.value, node.body];
    case 'sequence':
      return node.nodes;
    case 'conditional':
      return [node.test, node.then, node.otherwise];
    case 'array':
      return node.items;
    case 'map':
      return node.pairs.flatMap(({ key, value }) => [key, value]);
    default:
      return [];
  }
}
