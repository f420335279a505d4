import { describe, expect, it } from '@jest/globals';
import { ControllerError } from '../lib/errors.js';
import { createLogger, type LogFormat, type LogLevel, type Logger } from './logger.js';

function aLog(format: LogFormat = 'text', level: LogLevel = 'info'): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const log = createLogger({ level, format, scheduler: { now: () => Date.UTC(2026, 0, 1) }, write: (line) => lines.push(line) });
  return { log, lines };
}

describe('a log line', () => {
  it('is readable text: constant message, fields as key=value, quoted where needed', () => {
    const { log, lines } = aLog();
    log.info('plan applied', { rollout: 'a/web', replicas: 3, reason: 'two words', nothing: undefined, list: ['x'] });
    expect(lines).toEqual([
      'time="2026-01-01T00:00:00Z" level=info msg="plan applied" rollout=a/web replicas=3 reason="two words" list="[\\"x\\"]"',
    ]);
  });

  it('is JSON on request', () => {
    const { log, lines } = aLog('json');
    log.warn('lease is held by another', { holder: 'pod-1', level: 'mine', message: 'kept' });
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      ...{ time: '2026-01-01T00:00:00Z', level: 'warning', msg: 'lease is held by another', holder: 'pod-1' },
      ...{ level_: 'mine', message: 'kept' },
    });
  });

  it('spells an error out: code, fields, causes, no stack', () => {
    const { log, lines } = aLog('json');
    const cause = new Error('read ECONNRESET');
    const error = new ControllerError('unavailable', 'no answer', { verb: 'get', name: undefined }, { cause });
    log.error('pass failed', { error });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      ...{ msg: 'pass failed', error: 'no answer', code: 'unavailable', 'error.verb': 'get', causes: ['read ECONNRESET'] },
    });
    expect(lines[0]).not.toContain('stack');
  });

  it('has the stack of what is a bug', () => {
    const { log, lines } = aLog('json');
    log.error('pass failed', { error: new TypeError('x is not a function') });
    log.error('pass failed', { error: new ControllerError('internal', 'cannot be') });
    for (const line of lines) expect(line).toContain('logger.test');
  });

  it('carries the fields of its child log', () => {
    const { log, lines } = aLog('json');
    log.child({ namespace: 'a' }).child({ name: 'web' }).info('x', { more: true });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ namespace: 'a', name: 'web', more: true });
  });

  it('below the level is not written', () => {
    const { log, lines } = aLog('text', 'warn');
    log.info('quiet');
    log.debug('quiet');
    log.warn('loud');
    log.error('louder');
    expect(lines).toHaveLength(2);
  });
});
