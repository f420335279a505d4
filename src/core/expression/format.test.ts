import { describe, expect, it } from '@jest/globals';
import { array, dynamic, float64, floatArray, formatFloat, formatGeneral, formatValue, int64, nil, uint64 } from './index.js';

describe('formatValue', () => {
  it.each([
    ['a Prometheus scalar', float64(0.95), '0.95'],
    ['a large number without an exponent', float64(1e21), '1000000000000000000000'],
    ['a small number without an exponent', float64(1.5e-7), '0.00000015'],
    ['a negative small number', float64(-2.5e-10), '-0.00000000025'],
    ['a whole number', float64(100), '100'],
    ['the largest number', float64(1.7976931348623157e308), `17976931348623157${'0'.repeat(292)}`],
    ['negative zero', float64(-0), '-0'],
    ['no number', float64(NaN), 'NaN'],
    ['infinity', float64(Infinity), '+Inf'],
    ['negative infinity', float64(-Infinity), '-Inf'],
    ['a vector', floatArray([0.97, 1, NaN, -Infinity]), '[0.97,1,NaN,-Inf]'],
    ['an empty vector', floatArray([]), '[]'],
    ['nothing', nil, 'null'],
    ['a JSON object, keys sorted', dynamic({ b: [1, 2.5, null], a: { z: true, y: 'x' } }), '{"a":{"y":"x","z":true},"b":[1,2.5,null]}'],
    ['JSON text, HTML escaped', dynamic('<a href="x">&</a>'), '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u003c/a\\u003e"'],
    ['JSON line separators', dynamic('\u2028\u2029'), '"\\u2028\\u2029"'],
    ['keys beyond the basic plane after those inside it', dynamic({ '\u{1F600}': 1, '\uffee': 2 }), '{"\uffee":2,"\u{1F600}":1}'],
    ['JSON numbers with the exponents of Go', dynamic([1e21, 1e20, 1e-6, 1e-7]), '[1e+21,100000000000000000000,0.000001,1e-7]'],
    ['JSON booleans', dynamic(false), 'false'],
  ])('writes %s', (_what, value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});

describe('formatGeneral', () => {
  it.each([
    ['mixed rows of InfluxDB', array([float64(1.5), int64(2), 'x', nil, true, uint64(3)]), '[1.5 2 x <nil> true 3]'],
    ['values of CloudWatch', array([floatArray([0.001, 1e-9, 1e8]), floatArray([])]), '[[0.001 1e-09 1e+08] []]'],
    ['a map', dynamic({ b: 1, a: [2] }), 'map[a:[2] b:1]'],
  ])('writes %s', (_what, value, text) => {
    expect(formatGeneral(value)).toBe(text);
  });
});

describe('formatFloat', () => {
  it.each([0, 1, -1, 0.1, 1 / 3, 1e-300, 123456789.125, 5e-324, 2 ** 70])('reads back as %p', (value) => {
    const text = formatFloat(value);
    expect(text).not.toContain('e');
    expect(Number(text)).toBe(value);
  });
});
