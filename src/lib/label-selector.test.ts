import { describe, expect, it } from '@jest/globals';
import {
  labelKeyError,
  labelValueError,
  mapSelects,
  parseSelector,
  renderLabelSelector,
  renderSelector,
  selectorFrom,
  selectorMatches,
} from './label-selector.js';

function matches(text: string, labels: Record<string, string>): boolean {
  const selector = parseSelector(text);
  if (!selector.ok) throw new Error(selector.error);
  return selectorMatches(selector.value, labels);
}

describe('parseSelector', () => {
  it.each([
    { text: '', labels: {}, result: true },
    { text: '  ', labels: { a: '1' }, result: true },
    { text: 'a=1', labels: { a: '1' }, result: true },
    { text: 'a==1', labels: { a: '1' }, result: true },
    { text: 'a = 1', labels: { a: '1' }, result: true },
    { text: 'a=1', labels: { a: '2' }, result: false },
    { text: 'a=', labels: { a: '' }, result: true },
    { text: 'a=', labels: {}, result: false },
    { text: 'a!=1', labels: { a: '2' }, result: true },
    { text: 'a!=1', labels: {}, result: true },
    { text: 'a', labels: { a: '' }, result: true },
    { text: '!a', labels: {}, result: true },
    { text: '!a', labels: { a: '1' }, result: false },
    { text: 'a in (1,2)', labels: { a: '2' }, result: true },
    { text: 'a in (1, 2)', labels: { a: '2' }, result: true },
    { text: 'a in ()', labels: { a: '' }, result: true },
    { text: 'a notin (1,2)', labels: { a: '2' }, result: false },
    { text: 'a notin (1,2)', labels: {}, result: true },
    { text: 'a=1,b in (x,y),!c', labels: { a: '1', b: 'y' }, result: true },
    { text: 'a=1,b in (x,y),!c', labels: { a: '1', b: 'y', c: '' }, result: false },
    { text: 'n>5', labels: { n: '6' }, result: true },
    { text: 'n<5', labels: { n: '6' }, result: false },
    { text: 'n>5', labels: { n: 'x' }, result: false },
    { text: 'example.com/a-b_c=1', labels: { 'example.com/a-b_c': '1' }, result: true },
    { text: 'constructor', labels: {}, result: false },
    { text: 'in=1', labels: { in: '1' }, result: true },
  ])('$text on $labels: $result', ({ text, labels, result }) => {
    expect(matches(text, labels)).toBe(result);
  });

  it.each(['a=1,', ',a', 'a=1,,b', '=1', 'a in 1', 'a in (1', 'a~1', 'a b', 'a=b=c', 'n>x', '-a', 'a=-x-', 'x/y/z', `a=${'x'.repeat(64)}`])(
    'refuses %p',
    (text) => {
      expect(parseSelector(text).ok).toBe(false);
    },
  );

  it.each([
    { text: 'b in (2,1), a=x', canonical: 'a=x,b in (1,2)' },
    { text: '!c,a!=1', canonical: 'a!=1,!c' },
    { text: 'b notin (2,1),n>5,m<3,k', canonical: 'b notin (1,2),k,m<3,n>5' },
  ])('$text reads the same as $canonical', ({ text, canonical }) => {
    const selector = parseSelector(text);
    expect(selector.ok && renderSelector(selector.value)).toBe(canonical);
  });
});

describe('selectorFrom', () => {
  it.each([
    { name: 'In', expression: { key: 'a', operator: 'In', values: ['1', '2'] }, labels: { a: '2' }, result: true },
    { name: 'NotIn without the label', expression: { key: 'a', operator: 'NotIn', values: ['1'] }, labels: {}, result: true },
    { name: 'Exists', expression: { key: 'a', operator: 'Exists' }, labels: {}, result: false },
    { name: 'DoesNotExist', expression: { key: 'a', operator: 'DoesNotExist' }, labels: {}, result: true },
  ])('$name', ({ expression, labels, result }) => {
    const selector = selectorFrom({ matchLabels: { app: 'x' }, matchExpressions: [expression] });
    expect(selector.ok && selectorMatches(selector.value, { app: 'x', ...labels })).toBe(result);
    expect(selector.ok && selectorMatches(selector.value, labels)).toBe(false);
  });

  it.each([
    { key: 'a', operator: 'Near', values: ['1'] },
    { key: 'a', operator: 'In', values: [] },
    { key: 'a', operator: 'Exists', values: ['1'] },
    { key: '', operator: 'Exists' },
  ])('refuses %j', (expression) => {
    expect(selectorFrom({ matchExpressions: [expression] }).ok).toBe(false);
  });
});

describe('renderLabelSelector', () => {
  it.each([
    { selector: { matchLabels: { b: '2', a: '1' } }, text: 'a=1,b=2' },
    { selector: {}, text: '<none>' },
    { selector: { matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'In', values: ['z', 'y'] }] }, text: 'a=1,b in (y,z)' },
    { selector: { matchExpressions: [{ key: 'b', operator: 'In', values: ['z'] }] }, text: 'b in (z)' },
    {
      selector: {
        matchExpressions: [
          { key: 'c', operator: 'NotIn', values: ['1'] },
          { key: 'b', operator: 'Exists' },
          { key: 'a', operator: 'DoesNotExist' },
        ],
      },
      text: '!a,b,c notin (1)',
    },
    { selector: { matchExpressions: [{ key: 'a', operator: 'Near' }] }, text: '<error>' },
  ])('writes $text', ({ selector, text }) => {
    expect(renderLabelSelector(selector)).toBe(text);
  });
});

describe('mapSelects', () => {
  it('wants every pair, and something to want', () => {
    expect(mapSelects({ a: '1' }, { a: '1', b: '2' })).toBe(true);
    expect(mapSelects({ a: '1', c: '3' }, { a: '1', b: '2' })).toBe(false);
    expect(mapSelects({}, { a: '1' })).toBe(false);
    expect(mapSelects({ a: '1' }, undefined)).toBe(false);
  });
});

describe('label syntax', () => {
  it.each(['a', 'a.b', 'example.com/a', 'A_b-c.9', '9', 'x'.repeat(63), `${'a.'.repeat(126)}b/x`])('accepts the key %p', (key) => {
    expect(labelKeyError(key)).toBeUndefined();
  });

  it.each(['', '/', 'a/', '/a', 'a/b/c', '-a', 'a-', 'UPPER.com/a', 'ex_ample/a', 'x'.repeat(64), `${'a.'.repeat(127)}b/x`, 'a b', 'ä'])(
    'refuses the key %p',
    (key) => {
      expect(labelKeyError(key)).toBeDefined();
    },
  );

  it.each(['', 'a', 'A.b_c-9', '1'])('accepts the value %p', (value) => {
    expect(labelValueError(value)).toBeUndefined();
  });

  it.each(['-a', 'a/b', 'a b', '.', 'x'.repeat(64)])('refuses the value %p', (value) => {
    expect(labelValueError(value)).toBeDefined();
  });
});
