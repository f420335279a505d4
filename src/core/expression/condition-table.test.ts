import { describe, expect, it } from '@jest/globals';
import { dynamic, evaluateCondition, float64, floatArray, formatGeneral, nil, noData, recordArray, type GoValue } from './index.js';
import { GoInt } from './value.js';

const now = 1_700_000_000_000;

function cloudWatch(values: readonly number[]): GoValue {
  return recordArray('types.MetricDataResult', [
    { Id: 'rate', Label: 'rate', Messages: dynamic([]), StatusCode: 'Complete', Timestamps: dynamic([]), Values: floatArray(values) },
  ]);
}

/** Number in the executed table of the reference, result, condition, and the verdict or the cause of the error. */
type Row = readonly [number, GoValue, string, boolean | string];

/**
 * What expr-lang 1.17.8 answered in Argo Rollouts' environment. Ours differs on purpose in 139 and 140, where the library
 * crashes or stumbles over a named string type, and says 120 and 122 in words instead of naming Go's reflect package.
 */
const rows: readonly Row[] = [
  [1, float64(10), 'result == 10', true],
  [2, float64(0.95), 'result >= 0.95', true],
  [3, float64(0.95), 'result > 0.95', false],
  [4, float64(10), 'result > 5 and result < 20', true],
  [5, float64(10), '5 < result < 20', true],
  [6, float64(10), 'result > 5 && result < 8 || result == 10', true],
  [7, float64(10), 'not (result > 5)', false],
  [8, float64(10), 'not result > 5', 'invalid operation: not (mismatched type float64)'],
  [9, float64(10), 'result in 5..15', true],
  [10, float64(10), 'result in [10, 20]', true],
  [11, float64(10), 'result == "10"', 'invalid operation: == (mismatched types float64 and string)'],
  [12, float64(10), 'string(result) == "10"', true],
  [13, float64(10), 'result % 3 == 1', 'invalid operation: % (mismatched types float64 and int)'],
  [14, float64(10), 'int(result) % 3 == 1', true],
  [15, float64(10), '10 / 4 == 2.5', true],
  [16, float64(10), 'isInf(result / 0)', true],
  [17, float64(10), 'isNaN(0 / 0)', true],
  [18, float64(10), 'result ** 2 == 100', true],
  [19, float64(10), 'result > 5 ? true : false', true],
  [20, float64(10), 'let x = result * 2; x == 20', true],
  [21, float64(10), '1', 'expected bool, but got int'],
  [22, float64(10), 'result', 'expected bool, but got float64'],
  [23, float64(10), 'nil', 'expected bool, but got <nil>'],
  [24, float64(10), 'results == 10', 'unknown name results'],
  [25, float64(10), 'true or foo', 'unknown name foo'],
  [26, float64(10), 'result > 5 || "x"', 'invalid operation: || (mismatched types bool and string)'],
  [27, float64(10), 'result[0] == 10', 'type float64[int] is undefined'],
  [28, float64(10), 'len(result) == 0', 'invalid argument for len (type float64)'],
  [29, float64(10), 'result = 10', 'unexpected token Operator("=")'],
  [30, float64(10), 'result >', 'unexpected token EOF'],
  [31, float64(10), '(result ?? 5) == 10', true],
  [32, float64(10), 'result ?? 5 == 10', 'Operator (==) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses.'],
  [33, float64(10), 'default(0, 5) == 10', true],
  [34, float64(10), 'isNil(nil)', false],
  [35, float64(10), 'isNaN(10)', false],
  [36, new GoInt(1n), 'isNaN(result)', 'interface conversion: interface {} is int, not float64'],
  [37, float64(10), 'asInt(-1.9) == -1', true],
  [38, float64(10), 'asInt("abc") == 1', 'strconv.ParseInt: parsing "abc": invalid syntax'],
  [39, float64(10), 'asFloat("1e3") == 1000', true],
  [40, float64(10), 'asInt(true) == 1', 'asInt() not supported on bool true'],
  [41, float64(10), 'now() > date("2020-01-01")', true],
  [42, float64(10), 'result > 5 // note', true],
  [43, float64(10), 'result | abs() == 10', true],
  [44, float64(NaN), 'result >= 0.95', false],
  [45, float64(NaN), 'result < 0.95', false],
  [46, float64(NaN), 'isNaN(result) || result >= 0.95', true],
  [47, float64(NaN), '!(result >= 0.95)', true],
  [48, float64(NaN), 'result == result', false],
  [49, float64(NaN), 'isNil(result)', false],
  [50, float64(NaN), 'default(result, 0) >= 0', false],
  [51, float64(Infinity), 'result >= 0.95', true],
  [52, float64(-Infinity), 'isInf(result)', true],
  [53, floatArray([0.97]), 'result[0] >= 0.95', true],
  [54, floatArray([0.97]), 'result >= 0.95', 'invalid operation: >= (mismatched types []float64 and float64)'],
  [55, floatArray([0.97]), 'isNaN(result)', 'cannot use []float64 as argument (type float64) to call isNaN'],
  [56, floatArray([0.97]), 'result[1] > 0', 'index out of range: 1 (array length is 1)'],
  [57, floatArray([0.97]), 'result[-1] == 0.97', true],
  [58, floatArray([0.97]), '0.97 in result', true],
  [59, floatArray([0.97]), 'result == [0.97]', true],
  [60, floatArray([0.97]), 'default(result[0], 0) == 0.97', false],
  [61, floatArray([0.97]), 'asFloat(result) > 0', 'asFloat() not supported on []float64 [0.97]'],
  [62, floatArray([11, 12, 13]), 'all(result, # > 10)', true],
  [63, floatArray([11, 12, 13]), 'any(result, {# > 12})', true],
  [64, floatArray([11, 12, 13]), 'one(result, # > 11)', false],
  [65, floatArray([11, 12, 13]), 'none(result, # > 100)', true],
  [66, floatArray([11, 12, 13]), 'count(result, # > 11) == 2', true],
  [67, floatArray([11, 12, 13]), 'sum(result) / len(result) == 12', true],
  [68, floatArray([11, 12, 13]), 'mean(result) == 12 and median(result) == 12', true],
  [69, floatArray([11, 12, 13]), 'max(result) == 13 and min(result) == 11', true],
  [70, floatArray([11, 12, 13]), 'reduce(result, #acc + #) == 36', true],
  [71, floatArray([11, 12, 13]), 'map(result, # * 2)[0] == 22', true],
  [72, floatArray([11, 12, 13]), 'result[0:2] == [11, 12]', true],
  [73, floatArray([11, 12, 13]), '12 not in result', false],
  [74, floatArray([11, 12, 13]), 'all(result, > 10)', 'unexpected token Operator(">")'],
  [75, floatArray([]), 'result[0] >= 0.95', 'index out of range: 0 (array length is 0)'],
  [76, floatArray([]), 'len(result) == 0 || result[0] >= 0.95', true],
  [77, floatArray([]), 'len(result) > 0 && result[0] >= 0.95', false],
  [78, floatArray([]), 'all(result, # > 0)', true],
  [79, floatArray([]), 'any(result, # > 0)', false],
  [80, floatArray([]), 'sum(result) == 0 and mean(result) == 0', true],
  [81, floatArray([]), 'max(result) < 5', 'invalid operation: <nil> < int'],
  [82, floatArray([]), 'isNil(result)', false],
  [83, floatArray([]), 'default(result, 0) == 0', false],
  [84, floatArray([]), '(first(result) ?? 0) == 0', true],
  [85, floatArray([]), '(get(result, 0) ?? 1) == 1', true],
  [86, floatArray([]), '(result[0] ?? 0) < 1', 'index out of range: 0 (array length is 0)'],
  [87, floatArray([]), 'reduce(result, #acc + #) == 0', 'reduce of empty array with no initial value'],
  [88, floatArray([NaN]), 'result[0] >= 0.95', false],
  [88, floatArray([NaN]), 'isNaN(result[0])', true],
  [89, floatArray([1, NaN, 3]), 'max(result) == 3', true],
  [89, floatArray([1, NaN, 3]), 'isNaN(sum(result))', true],
  [90, nil, 'result == nil', true],
  [91, nil, 'result < 0.05', 'invalid operation: < (mismatched types unknown and float64)'],
  [92, nil, 'default(result, 0) < 0.05', true],
  [93, nil, 'default(result, 1) < 0.05', false],
  [94, nil, '(result ?? 0) < 0.05', true],
  [95, nil, 'isNil(5)', true],
  [96, nil, 'result[0] > 0', 'type unknown[int] is undefined'],
  [96, nil, 'result.foo == nil', 'type nil has no field foo'],
  [96, nil, 'len(result) == 0', 'invalid argument for len (type nil)'],
  [96, nil, '!result', 'invalid operation: ! (mismatched type unknown)'],
  [97, nil, 'true', true],
  [98, true, 'result', true],
  [98, true, 'result == true', true],
  [98, true, '!result', false],
  [99, true, 'result == "true"', 'invalid operation: == (mismatched types bool and string)'],
  [100, '1', 'asInt(result) == 1', true],
  [100, '1', 'int(result) == 1', true],
  [101, '1', 'result > 0', 'invalid operation: > (mismatched types string and int)'],
  [102, '1.1', 'asInt(result) == 1', 'strconv.ParseInt: parsing "1.1": invalid syntax'],
  [103, '1.1', 'asFloat(result) >= 1.1', true],
  [104, '1.1', 'asFloat(result) == "1.1"', 'invalid operation: == (mismatched types float64 and string)'],
  [105, 'OK', `result == 'OK'`, true],
  [105, 'OK', 'result startsWith "O"', true],
  [105, 'OK', 'result matches "^O.$"', true],
  [106, 'OK', 'result matches "["', 'error parsing regexp: missing closing ]: `[`'],
  [107, 'OK', '"K" in result', 'invalid operation: in (mismatched types string and string)'],
  [108, '', 'result == ""', true],
  [108, '', 'isNil(result)', false],
  [
    109,
    dynamic({ a: 1, b: true, c: [1, 2, 3, 4], d: null }),
    'result.a > 0 && result.b && all(result.c, {# < 5}) && result.d == nil',
    true,
  ],
  [110, dynamic({ a: 1 }), 'result.b == nil', true],
  [111, dynamic({ a: 1 }), 'result.b > 0', 'invalid operation: <nil> > int'],
  [112, dynamic({ a: 1 }), 'result.b.c == nil', 'cannot fetch c from <nil>'],
  [113, dynamic({ a: 1 }), 'result.b?.c == nil', true],
  [114, dynamic({ a: 1 }), '(result.b ?? 5) == 5', true],
  [115, dynamic({ a: 1 }), 'default(result.b, 5) == 5', false],
  [116, dynamic({ a: 1 }), 'isNil(result.b)', false],
  [117, dynamic({ a: 1 }), '"a" in result', true],
  [117, dynamic({ a: 1 }), '"z" not in result', true],
  [118, dynamic({ a: 1 }), 'result.a == "1"', false],
  [119, dynamic({ a: 1 }), 'result.a > "0"', 'invalid operation: float64 > string'],
  [120, dynamic({ a: 1 }), 'result.a in ["1"]', 'cannot use float64 as type string in array'],
  [121, dynamic({ a: 1 }), 'all(result, true)', 'builtin all takes only array (got map[string]interface {})'],
  [122, dynamic({ a: 1 }), 'all(result.missing, # > 0)', 'builtin all takes only array (got <nil>)'],
  [122, dynamic({ a: 1 }), 'len(result.missing) == 0', 'invalid argument for len (type <nil>)'],
  [123, dynamic({ a: true }), 'result.a == true && result.b', 'expected bool, but got <nil>'],
  [124, dynamic({ a: true }), 'result.a || result.b', true],
  [125, dynamic({ a: 0 }), '!result.a', 'interface conversion: interface {} is float64, not bool'],
  [125, dynamic({ a: 0 }), 'result.a ? true : false', 'interface conversion: interface {} is float64, not bool'],
  [126, dynamic({ 'a-b': 1 }), 'result["a-b"] == 1', true],
  [126, dynamic({ 'a-b': 1 }), 'result.a-b == 1', 'unknown name b'],
  [127, dynamic({ a: ['1', '2'] }), 'sum(map(result.a, asInt(#))) == 3', true],
  [127, dynamic({ a: ['1', '2'] }), 'max(result.a) == 2', 'invalid argument for max (type string)'],
  [128, dynamic({ a: 'abc' }), 'result.a not contains "z"', true],
  [129, dynamic({}), 'len(result) == 0', true],
  [129, dynamic({}), 'isNil(result)', false],
  [130, dynamic([{ v: 1 }, { v: 2 }]), 'all(result, .v > 0)', true],
  [130, dynamic([{ v: 1 }, { v: 2 }]), 'sum(result, .v) == 3', true],
  [131, dynamic([{ v: 1 }]), 'all(result, .w > 0)', 'invalid operation: <nil> > int'],
  [132, dynamic(['a', 1]), 'all(result, # > 0)', 'invalid operation: string > int'],
  [133, dynamic([{ v: '10' }, { v: '20' }]), 'all(result, asFloat(.v) >= 10)', true],
  [134, dynamic([1, 2, 3, 4, 5, 6]), 'any(result, {# > 6})', false],
  [135, dynamic({ successRate: 0.99, 'average.duration': 1.5 }), `result.successRate >= 0.95 and result['average.duration'] == 1.5`, true],
  [136, cloudWatch([0.001, 0.002]), 'len(result[0].Values) >= 1 and all(result[0].Values, {# <= 0.01})', true],
  [137, cloudWatch([0.001, 0.002]), 'result[0].values[0] < 1', 'type types.MetricDataResult has no field values'],
  [138, cloudWatch([0.001, 0.002]), 'result[0].Id == "rate"', true],
  [138, cloudWatch([0.001, 0.002]), 'find(result, .Id == "rate").Values[0] < 1', true],
  [139, cloudWatch([0.001, 0.002]), 'filter(result, .Id == "rate")[0].Values[0] < 1', true],
  [140, cloudWatch([0.001, 0.002]), 'result[0].StatusCode == "Complete"', true],
  [140, cloudWatch([0.001, 0.002]), 'string(result[0].StatusCode) == "Complete"', true],
  [141, cloudWatch([]), 'all(result[0].Values, # < 1)', true],
  [141, cloudWatch([]), 'result[0].Values[0] < 1', 'index out of range: 0 (array length is 0)'],
];

function titled([row, result, source, expected]: Row) {
  return { row, result, source, expected, shown: formatGeneral(result) };
}

describe('the executed table of conditions', () => {
  it.each(rows.map(titled))('row $row: $source with $shown', ({ result, source, expected }) => {
    const outcome = evaluateCondition(source, result, now);
    expect(outcome.ok ? outcome.value : (outcome.cause ?? outcome.message)).toBe(expected);
  });

  it('has every row of the reference', () => {
    const numbers = new Set(rows.map(([number]) => number));
    expect([...numbers].sort((left, right) => left - right)).toEqual(Array.from({ length: 141 }, (_, index) => index + 1));
  });

  it.each(rows.filter(([row]) => [75, 81, 86, 87, 91, 96].includes(row)).map(titled))(
    'row $row: $source says that there was no data',
    ({ result, source }) => {
      expect(evaluateCondition(source, result, now)).toMatchObject({ ok: false, message: noData });
    },
  );
});
