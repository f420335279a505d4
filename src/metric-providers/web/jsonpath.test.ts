import { describe, expect, it } from '@jest/globals';
import { jsonPathTemplate } from './jsonpath.js';

const document = {
  a: { b: { c: 1 } },
  l: [{ v: '1', n: 1 }, { v: '2', n: 2.5 }, { n: 3 }],
  k: [
    { v: '1', n: 1 },
    { v: '2', n: 2 },
  ],
  s: ['a', 'b', 'c'],
  empty: [],
  'x.y': 'dotted',
  d: { k: 'v', other: 'w' },
};

describe('jsonPathTemplate (analysis 4.2)', () => {
  it.each([
    { path: '{$.a.b.c}', value: 1 },
    { path: '{.a.b.c}', value: 1 },
    { path: "{$.a['b'].c}", value: 1 },
    { path: "{$['a']['b']['c']}", value: 1 },
    { path: "{$.d['k','other']}", value: 'v' },
    { path: '{.x\\.y}', value: 'dotted' },
    { path: "{['x\\.y']}", value: 'dotted' },
    { path: '{.l[0].v}', value: '1' },
    { path: '{.l[-1].n}', value: 3 },
    { path: '{.l[1:].v}', value: '2' },
    { path: '{.l[0:3:2].n}', value: 1 },
    { path: '{.l[*].n}', value: 1 },
    { path: '{.d.*}', value: 'v' },
    { path: '{$..c}', value: 1 },
    { path: '{..n}', value: 1 },
    { path: '{.k[?(@.v=="2")].n}', value: 2 },
    { path: "{.k[?(@.v=='2')].n}", value: 2 },
    { path: '{.s[?(@>"a")]}', value: 'b' },
    { path: '{.s[::2]}', value: 'a' },
    { path: '{.s[]}', value: 'a' },
    { path: '{.s[:-1]}', value: 'a' },
    { path: '{.l[0,2].n}', value: 1 },
    { path: '{.l[?(@.n==2.5)].v}', value: '2' },
    { path: '{.l[?(@.n>2.0)].n}', value: 2.5 },
    { path: '{.l[?(@.n!=1.0)].n}', value: 2.5 },
    { path: '{.l[?(@.v)].v}', value: '1' },
    { path: '{range .l[*]}{.n}{end}', value: 1 },
    { path: '{"text"}{.a}', value: 'text' },
    { path: 'before {.a}', value: 'before ' },
    { path: '{}', value: document },
    { path: '{$}', value: document },
  ])('$path', ({ path, value }) => {
    expect(jsonPathTemplate(path).first(document)).toEqual({ value });
  });

  it.each([
    { path: '{.nope}', error: 'nope is not found' },
    { path: '{.a.b.nope}', error: 'nope is not found' },
    { path: '{.constructor}', error: 'constructor is not found' },
    { path: '{.l[7].n}', error: 'array index out of bounds: index 7, length 3' },
    { path: '{.l[-4].n}', error: 'array index out of bounds: index -1, length 3' },
    { path: '{.a[0]}', error: 'map[string]interface {} is not array or slice' },
    { path: '{.a[?(@.x)]}', error: 'map[string]interface {} is not array or slice and cannot be filtered' },
    { path: '{.l[?(@.n==1)].v}', error: 'incompatible types for comparison' },
    { path: '{.l[?(@.v=="1")].nope}', error: 'v is not found' },
    { path: '{$.d["k"]}', error: 'invalid array index "k"' },
    { path: '{.s[1:9]}', error: 'array index out of bounds: index 8, length 3' },
    { path: '{.s[5:9]}', error: 'array index out of bounds: index 5, length 3' },
    { path: '{.empty[0]}', error: 'array index out of bounds: index 0, length 0' },
    { path: '{.s[2:1]}', error: 'starting index 2 is greater than ending index 1' },
    { path: '{.s[0:3:0]}', error: 'step must be > 0' },
    { path: '{.d[*]}', error: 'map[string]interface {} is not array or slice' },
    { path: '{.s[0].x}', error: 'x is not found' },
    { path: '{a}', error: 'unrecognized identifier a' },
    { path: '{.l[}', error: 'unterminated array' },
    { path: '{.a', error: 'unclosed action' },
    { path: '{.l[x]}', error: 'invalid array index x' },
  ])('$path: $error', ({ path, error }) => {
    expect(() => jsonPathTemplate(path).first(document)).toThrow(error);
  });

  it.each(['{.l[?(@.n>9.0)]}', '{.l[?(@.n>9.0)].n}', '{.s[?(@.x)]}', '{.empty[*]}', '{.empty[*].x}', '{.s[3:]}'])(
    'yields nothing for %s',
    (path) => {
      expect(jsonPathTemplate(path).first(document)).toBeUndefined();
    },
  );

  it('reads what is long or hostile without taking long', () => {
    const nested = `{${'.a'.repeat(20_000)}}`;
    expect(() => jsonPathTemplate(nested).first(document)).toThrow('a is not found');
    expect(() => jsonPathTemplate(`{${'['.repeat(20_000)}}`).first(document)).toThrow('unterminated array');
  });
});
