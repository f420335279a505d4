import { describe, expect, it } from '@jest/globals';
import {
  compileCondition,
  conditionWarnings,
  dynamic,
  evaluateCondition,
  evaluateTime,
  floatArray,
  int64,
  nil,
  noData,
  typeOfValue,
  type GoValue,
} from './index.js';
import { anyType, floatType } from './go-type.js';
import { maxMessageLength } from './limits.js';

const now = Date.UTC(2024, 4, 1, 12, 30);

describe('compileCondition', () => {
  it.each([
    ['result[0] >= 0.95', 'a vector is not known yet'],
    ['result.successRate >= 0.95 && result.errors == nil', 'a document is not known yet'],
    ['result', 'it may turn out to be a boolean'],
  ])('accepts %s before there is a result: %s', (source) => {
    expect(compileCondition(source)).toEqual({ kind: 'condition', source });
  });

  it.each([
    ['result >', 'unexpected token EOF'],
    ['results == 10', 'unknown name results'],
    ['true || foo', 'unknown name foo'],
    ['1 + "a" == 2', 'invalid operation: + (mismatched types int and string)'],
    ['"a" matches "["', 'error parsing regexp: missing closing ]: `[`'],
    ['len(result)', 'expected bool, but got int'],
    ['nil', 'expected bool, but got <nil>'],
  ])('refuses %s without any data', (source, message) => {
    expect(compileCondition(source)).toEqual({ kind: 'error', message });
  });

  it('judges by the type of the result when it is known', () => {
    expect(compileCondition('result[0] > 1', floatType)).toEqual({ kind: 'error', message: 'type float64[int] is undefined' });
    expect(compileCondition('result[0] > 1', typeOfValue(floatArray([])))).toMatchObject({ kind: 'condition' });
    expect(compileCondition('result[0] > 1', anyType)).toMatchObject({ kind: 'condition' });
  });
});

describe('evaluateCondition', () => {
  it('answers now() with the time it is given', () => {
    expect(evaluateCondition('now() == date("2024-05-01T12:30:00Z")', nil, now)).toEqual({ ok: true, value: true });
    expect(evaluateCondition('now().Hour() in 9..17', nil, now)).toEqual({ ok: true, value: true });
  });

  it.each([
    ['nil', nil],
    ['an empty vector', floatArray([])],
    ['an empty document', dynamic([])],
  ])('says that there was no data when the result is %s', (_what, result: GoValue) => {
    expect(evaluateCondition('result[0] >= 0.95', result, now)).toMatchObject({ ok: false, message: noData });
  });

  it('does not blame missing data for a condition that is wrong for every result', () => {
    expect(evaluateCondition('result[0] >=', floatArray([]), now)).toEqual({ ok: false, message: 'unexpected token EOF' });
    expect(evaluateCondition('results[0] > 1', nil, now)).toEqual({ ok: false, message: 'unknown name results' });
  });

  it('keeps integers of the provider apart from floats', () => {
    expect(evaluateCondition('result % 2 == 1 and result == 3.0', int64(3), now)).toEqual({ ok: true, value: true });
    expect(evaluateCondition('result == 9007199254740993', int64(2n ** 53n + 1n), now)).toEqual({ ok: true, value: true });
    expect(evaluateCondition('result == 9007199254740992', int64(2n ** 53n + 1n), now)).toEqual({ ok: true, value: false });
  });

  it('cuts off a message that names a long text', () => {
    const outcome = evaluateCondition('asInt(result) == 1', 'x'.repeat(100_000), now);
    expect(outcome).toMatchObject({ ok: false });
    expect(outcome.ok ? 0 : outcome.message.length).toBeLessThanOrEqual(maxMessageLength + 3);
  });

  it('sees only what a document holds itself', () => {
    const hostile = dynamic(JSON.parse('{"__proto__": {"polluted": true}, "a": {}}'));
    expect(evaluateCondition('result.__proto__.polluted', hostile, now)).toEqual({ ok: true, value: true });
    expect(evaluateCondition('result.polluted == nil and result.a.polluted == nil', hostile, now)).toEqual({ ok: true, value: true });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'length', 'prototype', 'valueOf'])(
    'has no JavaScript property %s',
    (name) => {
      const document = dynamic({ map: {}, list: [1], text: 'x', number: 1 });
      expect(evaluateCondition(`result.${name} == nil and result.map["${name}"] == nil`, document, now)).toEqual({ ok: true, value: true });
      expect(evaluateCondition(`"${name}" in result`, document, now)).toEqual({ ok: true, value: false });
      for (const path of ['list', 'text', 'number']) {
        expect(evaluateCondition(`result.${path}.${name} == nil`, document, now)).toMatchObject({ ok: false });
      }
      expect(evaluateCondition(`$env.${name} == nil`, document, now)).toEqual({ ok: false, message: `unknown name ${name}` });
      expect(evaluateCondition(`asInt.${name} == nil`, document, now)).toMatchObject({ ok: false });
      expect(evaluateCondition(`${name}("x")`, document, now)).toEqual({ ok: false, message: `unknown name ${name}` });
    },
  );
});

describe('evaluateTime', () => {
  it.each([
    ['now()', now],
    ['now() - duration("5m")', now - 300_000],
    ['now() - 2 * duration("1h30m")', now - 10_800_000],
    ['date("2024-01-01")', Date.UTC(2024, 0, 1)],
    ['date("1969-12-31T23:59:59.9999Z")', -1],
    ['date("2024-01-01 12:00", "2006-01-02 15:04", "Europe/Zurich")', Date.UTC(2024, 0, 1, 11)],
    ['isNaN(1) ? date("2000-01-01") : now()', now],
  ])('%s', (source, epochMs) => {
    expect(evaluateTime(source, now)).toEqual({ ok: true, epochMs });
  });

  it.each([
    ['duration("5m")', 'expected time.Time, but got time.Duration'],
    ['1', 'expected time.Time, but got int'],
    ['result', 'unknown name result'],
    ['asInt(1)', 'unknown name asInt'],
    ['now() -', 'unexpected token EOF'],
    ['now() - duration("5 minutes")', 'time: unknown unit " minutes" in duration "5 minutes"'],
    ['now() + 5', 'invalid operation: + (mismatched types time.Time and int)'],
  ])('refuses %s', (source, message) => {
    expect(evaluateTime(source, now)).toEqual({ ok: false, message });
  });
});

describe('conditionWarnings', () => {
  it.each([
    ['isNil(result.errors) || default(result.rate, 0) > 1', ['isNil', 'default']],
    ['all(result, default(#, 0) > 1)', ['default']],
    ['isNil(result) || default(result, 0) > 1', []],
    ['isNil(', []],
  ])('%s', (source, names) => {
    expect(conditionWarnings(source)).toEqual(names.map((name) => `${name}() ignores its first argument and looks at the whole result`));
  });
});
