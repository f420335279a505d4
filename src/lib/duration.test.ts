import { describe, expect, it } from '@jest/globals';
import { formatDuration, parseDurationMs, parsePauseSeconds } from './duration.js';

describe('parseDurationMs', () => {
  it.each([
    { text: '1h30m', ms: 5_400_000 },
    { text: '1.5h', ms: 5_400_000 },
    { text: '.5s', ms: 500 },
    { text: '5.s', ms: 5_000 },
    { text: '+5s', ms: 5_000 },
    { text: '-5m', ms: -300_000 },
    { text: '0', ms: 0 },
    { text: '-0', ms: 0 },
    { text: '300ms', ms: 300 },
    { text: '250us', ms: 0.25 },
    { text: '250µs', ms: 0.25 },
    { text: '250μs', ms: 0.25 },
    { text: '10ns', ms: 0.00001 },
    { text: '1m1m', ms: 120_000 },
    { text: '2562047h', ms: 2562047 * 3_600_000 },
  ])('reads $text as $ms ms', ({ text, ms }) => {
    const duration = parseDurationMs(text);
    expect(duration.ok && duration.value).toBeCloseTo(ms, 9);
  });

  it.each([
    { text: '', error: 'time: invalid duration ""' },
    { text: '-', error: 'time: invalid duration "-"' },
    { text: 'soon', error: 'time: invalid duration "soon"' },
    { text: '5', error: 'time: missing unit in duration "5"' },
    { text: '1h5', error: 'time: missing unit in duration "1h5"' },
    { text: '1d', error: 'time: unknown unit "d" in duration "1d"' },
    { text: '1H', error: 'time: unknown unit "H" in duration "1H"' },
    { text: '5 m', error: 'time: unknown unit " m" in duration "5 m"' },
    { text: '.s', error: 'time: invalid duration ".s"' },
    { text: '+-5s', error: 'time: invalid duration "+-5s"' },
    { text: '2562048h', error: 'time: invalid duration "2562048h"' },
    { text: '5constructor', error: 'time: unknown unit "constructor" in duration "5constructor"' },
  ])('refuses $text as Go does', ({ text, error }) => {
    expect(parseDurationMs(text)).toEqual({ ok: false, error });
  });
});

describe('parsePauseSeconds', () => {
  it.each([
    { value: 10, seconds: 10 },
    { value: '10', seconds: 10 },
    { value: '10s', seconds: 10 },
    { value: '1.9s', seconds: 1 },
    { value: '300ms', seconds: 0 },
    { value: '-0.5s', seconds: 0 },
    { value: '1h30m', seconds: 5400 },
    { value: -5, seconds: -5 },
    { value: '-5', seconds: -5 },
    { value: 0, seconds: 0 },
  ])('reads $value as $seconds s', ({ value, seconds }) => {
    expect(parsePauseSeconds(value)).toEqual({ ok: true, value: seconds });
  });

  it.each([
    ['soon'],
    [''],
    ['10 s'],
    ['1d'],
    [1.5],
    [Number.POSITIVE_INFINITY],
    [Number.NaN],
    [2 ** 31],
    ['99999999999'],
    ['1000000h'],
    [null],
    [{}],
    [true],
  ])('refuses %p', (value) => {
    expect(parsePauseSeconds(value).ok).toBe(false);
  });
});

describe('formatDuration', () => {
  it.each([
    { ms: 0, text: '0s' },
    { ms: 300, text: '300ms' },
    { ms: 1_500, text: '1.5s' },
    { ms: 90_000, text: '1m30s' },
    { ms: 3_600_000, text: '1h0m0s' },
    { ms: 90_061_000, text: '25h1m1s' },
    { ms: -1_000, text: '-1s' },
    { ms: 0.25, text: '250µs' },
    { ms: 0.0001, text: '100ns' },
  ])('writes $ms ms as $text', ({ ms, text }) => {
    expect(formatDuration(ms)).toBe(text);
    const back = parseDurationMs(text);
    expect(back.ok && back.value).toBeCloseTo(ms, 9);
  });
});
