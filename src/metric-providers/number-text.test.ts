import { describe, expect, it } from '@jest/globals';
import { decimalText, goFloatText, goJson, listText, parseNumber } from './number-text.js';

describe('decimalText', () => {
  it.each([
    { value: 0.95, text: '0.95' },
    { value: 1, text: '1' },
    { value: -0.5, text: '-0.5' },
    { value: 0, text: '0' },
    { value: 1e21, text: '1000000000000000000000' },
    { value: 1.5e-9, text: '0.0000000015' },
    { value: 123456789.125, text: '123456789.125' },
    { value: Number.NaN, text: 'NaN' },
    { value: Infinity, text: '+Inf' },
    { value: -Infinity, text: '-Inf' },
  ])('$text', ({ value, text }) => {
    expect(decimalText(value)).toBe(text);
  });

  it('joins without blanks', () => {
    expect(listText([1, 0.2])).toBe('[1,0.2]');
  });
});

describe('goFloatText', () => {
  it.each([
    { value: 1.5, text: '1.5' },
    { value: 999_999, text: '999999' },
    { value: 1e6, text: '1e+06' },
    { value: 1e-9, text: '1e-09' },
    { value: 1.25e100, text: '1.25e+100' },
  ])('$text', ({ value, text }) => {
    expect(goFloatText(value)).toBe(text);
  });
});

describe('parseNumber', () => {
  it.each([
    { text: '1e3', value: 1_000 },
    { text: '.5', value: 0.5 },
    { text: '+Inf', value: Infinity },
    { text: '-inf', value: -Infinity },
    { text: 'NaN', value: Number.NaN },
    { text: '', value: undefined },
    { text: '0x10', value: undefined },
    { text: ' 1', value: undefined },
  ])('"$text": $value', ({ text, value }) => {
    expect(parseNumber(text)).toBe(value);
  });
});

describe('goJson', () => {
  it('sorts keys, escapes markup and writes nothing as null', () => {
    expect(goJson({ b: '<&>', a: [undefined, { d: 1, c: null }] })).toBe('{"a":[null,{"c":null,"d":1}],"b":"\\u003c\\u0026\\u003e"}');
  });
});
