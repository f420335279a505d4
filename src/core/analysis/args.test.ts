import { describe, expect, it } from '@jest/globals';
import { placeholderValues, secretPlaceholder, substitute, substituteJson, usesSecret, withSecrets } from './args.js';
import { redactor } from './redact.js';

const values = new Map([
  ['args.a', '1'],
  ['args.quote', 'say "hi"\n\u0001'],
  ['args.nested', '{{args.a}}'],
]);
const secretKeyRef = { name: 's', key: 'k' };

describe('substitute (analysis 2.7)', () => {
  it.each([
    { text: 'rate[{{args.a}}m]', filled: 'rate[1m]' },
    { text: '{{ args.a }}{{args.a}}', filled: '11' },
    { text: '{{args.nested}}', filled: '{{args.a}}' },
    { text: '} } {', filled: '} } {' },
  ])('fills $text once', ({ text, filled }) => {
    expect(substitute(text, values)).toEqual({ ok: true, value: filled });
  });

  it.each([
    { text: '{{args.b}}', error: 'failed to resolve {{args.b}}' },
    { text: '{{ $labels.pod }}', error: 'failed to resolve {{$labels.pod}}' },
    { text: 'x {{args.a', error: 'Cannot find end tag="}}" in the template starting from "{{args.a"' },
  ])('refuses $text', ({ text, error }) => {
    expect(substitute(text, values)).toEqual({ ok: false, error });
  });

  it('fills strings anywhere in a metric, keys too, whatever a value contains', () => {
    const metric = { name: 'm{{args.a}}', provider: { job: { spec: { list: [{ 'l{{args.a}}': '{{args.quote}}' }, 5, null] } } } };
    expect(substituteJson(metric, values)).toEqual({
      ok: true,
      value: { name: 'm1', provider: { job: { spec: { list: [{ l1: 'say "hi"\n\u0001' }, 5, null] } } } },
    });
  });
});

describe('placeholderValues', () => {
  it('stands in for secrets, also where a value is given beside one', () => {
    const read = placeholderValues([
      { name: 's', secretKeyRef },
      { name: 'both', value: 'v', secretKeyRef },
      { name: 'empty', value: '' },
    ]);
    expect(read.ok && Object.fromEntries(read.value)).toEqual({
      'args.s': secretPlaceholder,
      'args.both': secretPlaceholder,
      'args.empty': '',
    });
    expect(read.ok && withSecrets(read.value, new Map([['s', 'hidden']])).get('args.s')).toBe('hidden');
  });

  it('names an argument without value, even one nobody uses', () => {
    expect(placeholderValues([{ name: 'a' }])).toEqual({ ok: false, error: 'argument "a" was not supplied' });
  });
});

describe('usesSecret', () => {
  const args = [
    { name: 'a.b', secretKeyRef },
    { name: 'plain', value: '1' },
  ];
  it.each([
    { text: '{{ args.a.b }}', uses: true },
    { text: '{{args.aXb}}', uses: false },
    { text: '{{args.plain}}', uses: false },
  ])('$text: $uses', ({ text, uses }) => {
    expect(usesSecret(text, args)).toBe(uses);
  });
});

describe('redactor', () => {
  it('hides a secret in every form it may take', () => {
    const hide = redactor(['p"w/1', '', 'p"w/1 and more']);
    expect(hide.text('p"w/1 and more; p"w/1; {"x":"p\\"w/1"}; ?t=p%22w%2F1')).toBe('*****; *****; {"x":"*****"}; ?t=*****');
    expect(hide.map({ query: 'up{token="p"w/1"}' })).toEqual({ query: 'up{token="*****"}' });
  });
});
