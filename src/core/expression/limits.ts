import { childrenOf, type Node } from './ast.js';
import { fail } from './error.js';

/** Nodes a condition may have, as in expr-lang. */
const maxNodes = 10_000;

/** Brackets, predicates and unary operators inside one another. Ours: the parser and the interpreter recurse. */
export const maxNesting = 200;

/** Height of the tree. A chain `a or b or c ...` makes it higher without being nested. Ours, for the same reason. */
const maxHeight = 500;

/** Elements and blocks of text one evaluation may create, as in expr-lang (which does not count text). */
const memoryBudget = 1_000_000;

/** Longest message, in UTF-16 units: names and texts of the condition appear in it, and it is stored in a status. */
export const maxMessageLength = 1_000;

/** Finding a time zone by its name costs about as much as evaluating this many nodes. */
export const zoneSteps = 5_000;

/** Taking an instant apart by the calendar of its zone. */
export const calendarSteps = 200;

/** Text is counted in blocks of this many UTF-16 units. */
const textBlock = 32;

/** Nodes one evaluation may visit. Ours: expr-lang has no such limit, so nested loops can occupy it for minutes. */
const stepBudget = 1_000_000;

/** @throws ExpressionError when the tree is too large or too high to be walked safely */
export function checkSize(root: Node): void {
  const waiting: { readonly node: Node; readonly height: number }[] = [{ node: root, height: 1 }];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    count += 1;
    const { node, height } = next;
    if (count > maxNodes) fail('compilation failed: expression exceeds maximum allowed nodes');
    if (height > maxHeight) fail(`expression has more than ${maxHeight} operators in a row`);
    for (const child of childrenOf(node)) waiting.push({ node: child, height: height + 1 });
  }
}

/** What an evaluation has left. Charging more than that fails it. */
export class Budget {
  private steps = 0;
  private memory = 0;

  step(count = 1): void {
    this.steps += count;
    if (this.steps > stepBudget) fail('step budget exceeded');
  }

  /** @param length UTF-16 units of text about to be read */
  scan(length: number): void {
    this.step(Math.ceil(length / textBlock));
  }

  /** @param count elements about to be created */
  elements(count: number): void {
    this.memory += count;
    if (this.memory > memoryBudget) fail('memory budget exceeded');
  }

  /** @param length UTF-16 units of text about to be created */
  text(length: number): void {
    this.elements(Math.ceil(length / textBlock));
  }
}
