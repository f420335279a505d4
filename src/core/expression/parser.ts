import type { Node, UnaryOperator } from './ast.js';
import { fail } from './error.js';
import { isBuiltin, loops, type LoopShape } from './names.js';
import { numberNode } from './number-literal.js';
import { quote } from './quote.js';
import { tokenize, type Token, type TokenKind } from './lexer.js';
import { checkSize, maxNesting } from './limits.js';

const unaryPrecedence: ReadonlyMap<string, number> = new Map([
  ['not', 50],
  ['!', 50],
  ['-', 90],
  ['+', 90],
]);

const binaryPrecedence: ReadonlyMap<string, number> = new Map([
  ['|', 0],
  ['or', 10],
  ['||', 10],
  ['and', 15],
  ['&&', 15],
  ['==', 20],
  ['!=', 20],
  ['<', 20],
  ['>', 20],
  ['<=', 20],
  ['>=', 20],
  ['in', 20],
  ['matches', 20],
  ['contains', 20],
  ['startsWith', 20],
  ['endsWith', 20],
  ['..', 25],
  ['+', 30],
  ['-', 30],
  ['*', 60],
  ['/', 60],
  ['%', 60],
  ['**', 100],
  ['^', 100],
  ['??', 500],
]);

const rightAssociative = new Set(['**', '^']);
const negatable = new Set(['in', 'matches', 'contains', 'startsWith', 'endsWith']);
const orderings = new Set(['<', '>', '<=', '>=']);

/**
 * Parses a condition.
 * @throws ExpressionError for syntax errors, and when it has more than 10,000 nodes or is nested too deeply
 */
export function parseExpression(source: string): Node {
  const node = new Parser(tokenize(source)).parse();
  checkSize(node);
  return node;
}

interface BinaryUse {
  readonly operator: string;
  readonly negated: boolean;
}

/** Pratt parser: a binary operator takes what binds tighter than itself as its right side. */
class Parser {
  private position = 0;
  private nesting = 0;
  /** How many predicates surround the place being parsed; `#` and `.field` mean something only inside one. */
  private predicates = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): Node {
    const node = this.sequence();
    return this.current.kind === 'EOF' ? node : this.unexpected();
  }

  private get current(): Token {
    return this.tokens[this.position] ?? { kind: 'EOF', text: '' };
  }

  private is(kind: TokenKind, text?: string): boolean {
    return this.current.kind === kind && (text === undefined || this.current.text === text);
  }

  private accept(kind: TokenKind, text: string): boolean {
    const found = this.is(kind, text);
    if (found) this.position += 1;
    return found;
  }

  private expect(kind: TokenKind, text?: string): Token {
    const token = this.current;
    if (!this.is(kind, text)) return this.unexpected();
    this.position += 1;
    return token;
  }

  private unexpected(): never {
    return fail(`unexpected token ${describe(this.current)}`);
  }

  private sequence(): Node {
    const nodes = [this.expression(0)];
    while (this.accept('Operator', ';')) {
      if (this.is('EOF')) break;
      nodes.push(this.expression(0));
    }
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'sequence', nodes };
  }

  /** @param least precedence an operator needs to belong to this expression */
  private expression(least: number): Node {
    this.nesting += 1;
    if (this.nesting > maxNesting) return fail(`expression is nested deeper than ${maxNesting} levels`);
    const node = (least === 0 ? this.statement() : undefined) ?? this.operators(least);
    this.nesting -= 1;
    return node;
  }

  private statement(): Node | undefined {
    if (this.accept('Operator', 'let')) return this.variable();
    return this.accept('Operator', 'if') ? this.ifElse() : undefined;
  }

  private variable(): Node {
    const name = this.expect('Identifier').text;
    this.expect('Operator', '=');
    const value = this.expression(0);
    this.expect('Operator', ';');
    return { kind: 'let', name, value, body: this.sequence() };
  }

  private ifElse(): Node {
    const test = this.expression(0);
    const then = this.block();
    this.expect('Operator', 'else');
    const otherwise = this.accept('Operator', 'if') ? this.ifElse() : this.block();
    return { kind: 'conditional', test, then, otherwise };
  }

  private block(): Node {
    this.expect('Bracket', '{');
    const node = this.sequence();
    this.expect('Bracket', '}');
    return node;
  }

  private operators(least: number): Node {
    let node = this.primary();
    let before = '';
    let compared: Node | undefined;
    for (;;) {
      const use = this.binaryUse(least);
      if (use === undefined) break;
      if (use.operator === '|') {
        node = this.pipe(node);
        before = '';
        continue;
      }
      if (before === '??' && use.operator !== '??') failMixed(use.operator);
      const right = this.expression(rightSide(use.operator));
      const left: Node | undefined = orderings.has(use.operator) ? compared : undefined;
      node = combine(node, use, right, left);
      compared = orderings.has(use.operator) ? right : undefined;
      before = use.operator;
    }
    return least === 0 ? this.ternary(node) : node;
  }

  /** Takes the operator at hand if it binds at least as tightly as `least`. */
  private binaryUse(least: number): BinaryUse | undefined {
    if (!this.is('Operator')) return undefined;
    const negated = this.is('Operator', 'not');
    if (negated && (binaryPrecedence.get('in') ?? 0) < least) return undefined;
    const token = negated ? this.tokens[this.position + 1] : this.current;
    const operator = token?.text ?? '';
    if (negated) this.position += 1;
    if (negated && !(token?.kind === 'Operator' && negatable.has(operator))) return this.unexpected();
    if ((binaryPrecedence.get(operator) ?? -1) < least) return undefined;
    this.position += 1;
    return { operator, negated };
  }

  /** `value | f(x)` is `f(value, x)`. */
  private pipe(value: Node): Node {
    const name = this.expect('Identifier').text;
    this.expect('Bracket', '(');
    return this.call(name, value);
  }

  private ternary(test: Node): Node {
    let node = test;
    while (this.accept('Operator', '?')) {
      if (this.accept('Operator', ':')) {
        node = { kind: 'conditional', test: node, then: node, otherwise: this.expression(0) };
        continue;
      }
      const then = this.expression(0);
      this.expect('Operator', ':');
      node = { kind: 'conditional', test: node, then, otherwise: this.expression(0) };
    }
    return node;
  }

  private primary(): Node {
    const token = this.current;
    if (token.kind === 'Operator') return this.prefix(token);
    if (token.kind === 'Identifier') return this.identifier();
    if (this.accept('Bracket', '(')) return this.parenthesised();
    if (this.accept('Bracket', '[')) return this.postfix(this.arrayLiteral());
    if (this.accept('Bracket', '{')) return this.postfix(this.mapLiteral());
    return this.literal(token);
  }

  private literal(token: Token): Node {
    if (token.kind === 'EOF' || token.kind === 'Bracket') return this.unexpected();
    this.position += 1;
    if (token.kind === 'Number') return numberNode(token.text);
    return this.postfix(token.bytes === undefined ? { kind: 'string', value: token.text } : { kind: 'bytes', value: token.bytes });
  }

  private prefix(token: Token): Node {
    const precedence = unaryPrecedence.get(token.text);
    if (precedence !== undefined) {
      this.position += 1;
      const operator = token.text as UnaryOperator; // the map above has just these keys
      return this.postfix({ kind: 'unary', operator, operand: this.expression(precedence) });
    }
    if (this.predicates > 0 && token.text === '#') return this.pointer();
    if (this.predicates > 0 && token.text === '.') return this.postfix({ kind: 'pointer', name: '' });
    if (this.accept('Operator', '::')) return this.postfix(this.functionOfTheLanguage());
    return this.unexpected();
  }

  private functionOfTheLanguage(): Node {
    const name = this.expect('Identifier').text;
    this.expect('Bracket', '(');
    return this.call(name);
  }

  private pointer(): Node {
    this.position += 1;
    const name = this.is('Identifier') ? this.expect('Identifier').text : '';
    return this.postfix({ kind: 'pointer', name });
  }

  private identifier(): Node {
    const name = this.expect('Identifier').text;
    if (name === 'true' || name === 'false') return { kind: 'bool', value: name === 'true' };
    if (name === 'nil') return { kind: 'nil' };
    return this.postfix(this.accept('Bracket', '(') ? this.call(name) : { kind: 'name', name });
  }

  private parenthesised(): Node {
    const node = this.sequence();
    this.expect('Bracket', ')');
    return this.postfix(node);
  }

  /** A call whose opening parenthesis is taken already; `piped` is its first argument. */
  private call(name: string, piped?: Node): Node {
    const shape = loops.get(name);
    if (shape !== undefined) return this.loop(name, shape, piped);
    const args = [...(piped === undefined ? [] : [piped]), ...this.list(')')];
    return isBuiltin(name) ? { kind: 'builtin', name, args } : { kind: 'call', callee: { kind: 'name', name }, args };
  }

  private loop(name: string, shape: LoopShape, piped: Node | undefined): Node {
    if (this.is('Bracket', ')') && (piped === undefined || shape.predicate === 'required')) {
      fail(`expected at least ${piped === undefined ? 2 : 1} arguments`);
    }
    const array = piped ?? this.expression(0);
    if (this.closesEarly(shape, piped)) return { kind: 'loop', name, array };
    const predicate = this.predicate();
    const extra = shape.extra && this.accept('Operator', ',') && !this.is('Bracket', ')') ? this.expression(0) : undefined;
    this.accept('Operator', ',');
    this.expect('Bracket', ')');
    return { kind: 'loop', name, array, predicate, ...(extra === undefined ? {} : { extra }) };
  }

  private closesEarly(shape: LoopShape, piped: Node | undefined): boolean {
    if (piped === undefined && !this.accept('Operator', ',') && !this.is('Bracket', ')')) return this.unexpected();
    if (!this.is('Bracket', ')')) return false;
    if (shape.predicate === 'required') fail('expected at least 2 arguments');
    this.position += 1;
    return true;
  }

  private predicate(): Node {
    this.predicates += 1;
    const braced = this.accept('Bracket', '{');
    const node = braced ? this.sequence() : this.expression(0);
    if (braced) this.expect('Bracket', '}');
    else if (this.is('Operator', ';')) fail('wrap predicate with brackets { and }');
    this.predicates -= 1;
    return node;
  }

  /** Expressions up to the closing bracket, which is taken; a comma may follow the last. */
  private list(closing: ')' | ']'): readonly Node[] {
    const nodes: Node[] = [];
    while (!this.accept('Bracket', closing)) {
      if (nodes.length > 0) this.expect('Operator', ',');
      if (nodes.length > 0 && this.accept('Bracket', closing)) break;
      nodes.push(this.expression(0));
    }
    return nodes;
  }

  private arrayLiteral(): Node {
    return { kind: 'array', items: this.list(']') };
  }

  private mapLiteral(): Node {
    const pairs: { key: Node; value: Node }[] = [];
    while (!this.accept('Bracket', '}')) {
      if (pairs.length > 0) this.expect('Operator', ',');
      if (pairs.length > 0 && this.accept('Bracket', '}')) break;
      const key = this.mapKey();
      this.expect('Operator', ':');
      pairs.push({ key, value: this.expression(0) });
    }
    return { kind: 'map', pairs };
  }

  private mapKey(): Node {
    const token = this.current;
    if (token.kind === 'Bracket' && token.text === '(') return this.expression(0);
    if (token.kind !== 'Identifier' && token.kind !== 'String' && token.kind !== 'Number') {
      fail(
        `a map key must be a quoted string, a number, a identifier, or an expression enclosed in parentheses (unexpected token ${describe(token)})`,
      );
    }
    this.position += 1;
    return { kind: 'string', value: token.text };
  }

  private postfix(start: Node): Node {
    let node = start;
    for (;;) {
      if (this.accept('Operator', '.')) node = this.member(node, false);
      else if (this.accept('Operator', '?.')) node = this.member(node, true);
      else if (this.accept('Bracket', '[')) node = this.indexOrSlice(node);
      else return node;
    }
  }

  /** A `?.` spares the names that follow it too: `a?.b.c` is nil when `a` is. */
  private member(object: Node, optional: boolean): Node {
    const chained = object.kind === 'chain';
    const target = chained ? object.inner : object;
    const node = optional && this.accept('Bracket', '[') ? this.optionalIndex(target) : this.field(target, optional);
    return optional || chained ? { kind: 'chain', inner: node } : node;
  }

  private optionalIndex(object: Node): Node {
    const property = this.expression(0);
    this.expect('Bracket', ']');
    return { kind: 'member', object, property, optional: true, called: false };
  }

  private field(object: Node, optional: boolean): Node {
    const token = this.current;
    if (token.kind === 'EOF') return fail('unexpected end of expression');
    if (token.kind !== 'Identifier' && !(token.kind === 'Operator' && /^\p{L}/u.test(token.text))) return fail('expected name');
    this.position += 1;
    const property: Node = { kind: 'string', value: token.text };
    if (!this.accept('Bracket', '(')) return { kind: 'member', object, property, optional, called: false };
    return { kind: 'call', callee: { kind: 'member', object, property, optional, called: true }, args: this.list(')') };
  }

  private indexOrSlice(object: Node): Node {
    if (this.accept('Operator', ':')) return this.slice(object, undefined);
    const property = this.expression(0);
    if (this.accept('Operator', ':')) return this.slice(object, property);
    this.expect('Bracket', ']');
    return { kind: 'member', object, property, optional: false, called: false };
  }

  private slice(object: Node, from: Node | undefined): Node {
    const to = this.is('Bracket', ']') ? undefined : this.expression(0);
    this.expect('Bracket', ']');
    return { kind: 'slice', object, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  }
}

function describe(token: Token): string {
  return token.kind === 'EOF' ? 'EOF' : `${token.kind}(${quote(token.text)})`;
}

function rightSide(operator: string): number {
  const precedence = binaryPrecedence.get(operator) ?? 0;
  return rightAssociative.has(operator) ? precedence : precedence + 1;
}

function failMixed(operator: string): never {
  return fail(`Operator (${operator}) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses.`);
}

/** @param shared the middle of a chain like `5 < result < 20`, which means both comparisons */
function combine(node: Node, use: BinaryUse, right: Node, shared: Node | undefined): Node {
  if (shared !== undefined) {
    return { kind: 'binary', operator: '&&', left: node, right: { kind: 'binary', operator: use.operator, left: shared, right } };
  }
  const whole: Node = { kind: 'binary', operator: use.operator, left: node, right };
  return use.negated ? { kind: 'unary', operator: 'not', operand: whole } : whole;
}
