import { describe, expect, it } from '@jest/globals';
import { checkTypes } from './check.js';
import { conditionTypes, conditionValues } from './environment.js';
import { ExpressionError } from './error.js';
import { evaluate } from './evaluate.js';
import { vectors, type Vector } from './expr-lang.generated.js';
import { formatGeneral } from './format.js';
import { typeOfValue } from './go-type.js';
import { parseExpression } from './parser.js';
import { dynamic, floatArray, goInt, goTypeName, recordArray, type GoValue } from './value.js';

/** Where we answer otherwise: what a user gains by it, or why it does not matter. */
const differences: ReadonlyMap<string, string> = new Map([
  // Its optimiser drops the constant and with it the type check; the condition ends in an error either way.
  ['result.a and true', 'interface conversion: interface {} is float64, not bool'],
]);

interface CloudWatchRecord {
  readonly Id?: string;
  readonly Label?: string;
  readonly StatusCode?: string;
  readonly Values?: readonly number[];
}

function number(text: string): number {
  return text.endsWith('Inf') ? Number(text.replace('Inf', 'Infinity')) : Number(text);
}

function resultOf(spec: string): GoValue {
  const rest = spec.slice(1);
  if (spec === 'nil') return null;
  if (spec.startsWith('S')) return rest;
  if (spec.startsWith('B')) return rest === 'true';
  if (spec.startsWith('I')) return goInt(Number(rest));
  if (spec.startsWith('F')) return floatArray(rest === '' ? [] : rest.split(',').map(number));
  if (spec.startsWith('J')) return dynamic(JSON.parse(rest));
  return spec.startsWith('C') ? cloudWatch(JSON.parse(rest) as CloudWatchRecord[]) : number(spec); // our own fixture
}

function cloudWatch(records: readonly CloudWatchRecord[]): GoValue {
  return recordArray(
    'main.Record',
    records.map(({ Id = null, Label = null, StatusCode = '', Values = [] }) => ({ Id, Label, StatusCode, Values: floatArray(Values) })),
  );
}

function answer({ result, source }: Vector): Omit<Vector, 'result' | 'source'> {
  try {
    const value = resultOf(result);
    const node = parseExpression(source);
    checkTypes(node, conditionTypes(typeOfValue(value)));
    const out = evaluate(node, conditionValues(value), 0);
    return { type: goTypeName(out), value: formatGeneral(out) };
  } catch (error) {
    if (error instanceof ExpressionError) return { error: error.message };
    throw error;
  }
}

describe('what expr-lang 1.17.8 answered', () => {
  it.each(vectors)('$result, $source', (vector) => {
    const { type, value = '', source } = vector;
    // `%!s(<nil>)` is what Go's fmt prints for a missing type: we say nil.
    const error = differences.get(source) ?? vector.error?.replace('%!s(<nil>)', 'nil');
    expect(answer(vector)).toEqual(error === undefined ? { type, value } : { error });
  });
});
