import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTime, renderMicroTime, renderTime, renderWholeSeconds } from './time.js';

describe('parseTime', () => {
  it.each([
    { text: '1970-01-01T00:00:00Z', at: 0 },
    { text: '2024-02-29T23:59:59Z', at: 1709251199000 },
    { text: '2000-03-01T00:00:00Z', at: 951868800000 },
    { text: '2026-08-17T10:00:00.5Z', at: 1786960800500 },
    { text: '2026-08-17T10:00:00.123456Z', at: 1786960800123 },
    { text: '2026-08-17T12:00:00+02:00', at: 1786960800000 },
    { text: '2026-08-17T04:30:00-05:30', at: 1786960800000 },
    { text: '2026-08-17t10:00:00z', at: 1786960800000 },
    { text: '1969-12-31T23:59:59Z', at: -1000 },
    { text: '0001-01-01T00:00:00Z', at: -62135596800000 },
  ])('reads $text', ({ text, at }) => {
    expect(parseTime(text)).toBe(at);
  });

  it.each([
    '',
    'now',
    '2026-08-17',
    '2026-08-17T10:00:00',
    '2026-08-17 10:00:00Z',
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00+24:00',
    '12026-01-01T00:00:00Z',
    'x2026-01-01T00:00:00Z',
  ])('refuses %p', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

describe('renderTime', () => {
  it.each([
    { at: 0, text: '1970-01-01T00:00:00Z' },
    { at: 1786960800000, text: '2026-08-17T10:00:00Z' },
    { at: 1786960800500, text: '2026-08-17T10:00:00.500Z' },
    { at: -1, text: '1969-12-31T23:59:59.999Z' },
    { at: -62135596800000, text: '0001-01-01T00:00:00Z' },
  ])('writes $text', ({ at, text }) => {
    expect(renderTime(at)).toBe(text);
  });

  it('agrees with the platform calendar for every millisecond of the years 1 to 9999, and is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62135596800000, max: 253402300799999 }), (at) => {
        const platform = new Date(at).toISOString();
        expect(renderTime(at).replace(/(:\d\d)Z$/, '$1.000Z')).toBe(platform);
        expect(parseTime(renderTime(at))).toBe(at);
      }),
    );
  });
});

describe('the other renderings', () => {
  it('cuts to whole seconds', () => {
    expect(renderWholeSeconds(1786960800999)).toBe('2026-08-17T10:00:00Z');
  });

  it('writes the six digits of a MicroTime', () => {
    expect(renderMicroTime(1786960800000)).toBe('2026-08-17T10:00:00.000000Z');
    expect(renderMicroTime(1786960800123)).toBe('2026-08-17T10:00:00.123000Z');
  });
});
