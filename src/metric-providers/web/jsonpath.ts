import type { Piece, Step } from './jsonpath-parser.js';
import { JsonPathError, parseTemplate } from './jsonpath-parser.js';

export { JsonPathError } from './jsonpath-parser.js';

/** A template, read once. */
export interface JsonPathTemplate {
  /**
   * The first value of the first piece; undefined when it yields none.
   * @throws JsonPathError when a key or index is missing, or a filter compares what cannot be compared
   */
  first(document: unknown): { readonly value: unknown } | undefined;
}

/**
 * Kubernetes' JSONPath templates, as far as a metric needs them: the first value.
 *
 * @throws JsonPathError for what is no template
 * Semantics: client-go jsonpath, v0.34 (analysis 4.2): missing keys are errors, numbers of the document are floats and differ in type from integer
 * literals. Not over a JSONPath library: none has these errors, and users see them.
 */
export function jsonPathTemplate(template: string): JsonPathTemplate {
  const pieces = parseTemplate(template);
  return { first: (document) => firstOf(pieces, document) };
}

function firstOf(pieces: readonly Piece[], current: unknown): { readonly value: unknown } | undefined {
  const [piece, ...rest] = pieces;
  switch (piece?.kind) {
    case undefined:
    case 'end':
      return undefined;
    case 'text':
      return { value: piece.text };
    case 'path': {
      const [value] = walk([{ value: current }], piece.steps);
      return value;
    }
    case 'range': {
      const [item] = walk([{ value: current }], piece.steps);
      return item === undefined ? undefined : firstOf(rest, item.value);
    }
  }
}

/** Boxed, as null and undefined are values. `type` is set for literals, whose type decides comparisons. */
interface Box {
  readonly value: unknown;
  readonly type?: 'int';
}

function walk(boxes: readonly Box[], steps: readonly Step[]): readonly Box[] {
  return steps.reduce(take, boxes);
}

function take(boxes: readonly Box[], step: Step): readonly Box[] {
  switch (step.kind) {
    case 'field':
      return takeField(boxes, step.name);
    case 'wildcard':
      return boxes.flatMap(({ value }) => childrenOf(value));
    case 'recursive':
      return boxes.flatMap(({ value }) => descendantsOf(value));
    case 'slice':
      return boxes.flatMap(({ value }) => takeSlice(value, step));
    case 'union':
      return step.paths.flatMap((path) => walk(boxes, path));
    case 'exists':
      return boxes.flatMap(({ value }) => elementsOf(value).filter((item) => exists(item, step.path)));
    case 'compare':
      return boxes.flatMap(({ value }) => elementsOf(value).filter((item) => compares(item, step)));
    case 'literal':
      return [step.type === 'int' ? { value: step.value, type: 'int' } : { value: step.value }];
  }
}

function takeField(boxes: readonly Box[], name: string): readonly Box[] {
  if (boxes.length === 0) return [];
  const found = boxes.flatMap(({ value }) => (isObject(value) && Object.hasOwn(value, name) ? [{ value: value[name] }] : []));
  if (found.length === 0) throw new JsonPathError(`${name} is not found`);
  return found;
}

function takeSlice(value: unknown, { from, to, step, single }: Extract<Step, { kind: 'slice' }>): readonly Box[] {
  if (!Array.isArray(value)) throw new JsonPathError(`${goTypeOf(value)} is not array or slice`);
  const { length } = value;
  if (single) {
    const index = fromEnd(from ?? 0, length);
    refuseOutside(index, length);
    return [{ value: value[index] }];
  }
  const [start, end] = [fromEnd(from ?? 0, length), fromEnd(to ?? length, length)];
  if (start < 0 || start > length) refuseOutside(start, length);
  if (end < 0 || end > length) refuseOutside(end - 1, length);
  if (start > end) throw new JsonPathError(`starting index ${start} is greater than ending index ${end}`);
  if (step <= 0) throw new JsonPathError('step must be > 0');
  const taken = value.slice(start, end);
  return taken.filter((_, index) => index % step === 0).map((item: unknown) => ({ value: item }));
}

function fromEnd(index: number, length: number): number {
  return index < 0 ? length + index : index;
}

function refuseOutside(index: number, length: number): void {
  if (index < 0 || index >= length) throw new JsonPathError(`array index out of bounds: index ${index}, length ${length}`);
}

function childrenOf(value: unknown): readonly Box[] {
  if (Array.isArray(value)) return value.map((item: unknown) => ({ value: item }));
  return isObject(value) ? Object.values(value).map((item) => ({ value: item })) : [];
}

/** The value itself and everything below it. */
function descendantsOf(value: unknown): readonly Box[] {
  return [{ value }, ...childrenOf(value).flatMap((child) => descendantsOf(child.value))];
}

function elementsOf(value: unknown): readonly Box[] {
  if (!Array.isArray(value)) throw new JsonPathError(`${goTypeOf(value)} is not array or slice and cannot be filtered`);
  return value.map((item: unknown) => ({ value: item }));
}

function exists(item: Box, path: readonly Step[]): boolean {
  try {
    return walk([item], path).length > 0;
  } catch (error) {
    if (error instanceof JsonPathError) return false;
    throw error;
  }
}

function compares(item: Box, { operator, left, right }: Extract<Step, { kind: 'compare' }>): boolean {
  const [leftBox, ...moreLeft] = walk([item], left);
  const [rightBox, ...moreRight] = walk([item], right);
  if (moreLeft.length > 0 || moreRight.length > 0) throw new JsonPathError('can only compare one element at a time');
  return leftBox !== undefined && rightBox !== undefined && compare(leftBox, operator, rightBox);
}

function compare(left: Box, operator: string, right: Box): boolean {
  if (typeOf(left) !== typeOf(right)) throw new JsonPathError('incompatible types for comparison');
  switch (operator) {
    case '==':
      return left.value === right.value;
    case '!=':
      return left.value !== right.value;
    case '<':
      return isLess(left.value, right.value);
    case '<=':
      return isLess(left.value, right.value) || left.value === right.value;
    case '>':
      return isLess(right.value, left.value);
    default:
      return isLess(right.value, left.value) || left.value === right.value;
  }
}

function isLess(left: unknown, right: unknown): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  if (typeof left === 'string' && typeof right === 'string') return left < right;
  throw new JsonPathError('invalid type for comparison');
}

function typeOf({ value, type }: Box): string {
  const basic = type ?? (typeof value === 'number' ? 'float' : typeof value);
  if (basic === 'object' || basic === 'undefined') throw new JsonPathError('invalid type for comparison');
  return basic;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function goTypeOf(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    default:
      return value === null ? '<nil>' : 'map[string]interface {}';
  }
}
