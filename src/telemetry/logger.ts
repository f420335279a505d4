import { Writable } from 'node:stream';
import winston from 'winston';
import { ControllerError, errorMessage } from '../lib/errors.js';
import { isPlainObject } from '../lib/json.js';
import type { Scheduler } from '../lib/scheduler.js';
import { renderTime } from '../lib/time.js';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFormat = 'text' | 'json';

/** Values for a log line; an `error` is spelled out with its code, fields and causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Messages are constant, what varies goes into fields, so that lines can be counted and searched. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** The same log with these fields on every line. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly scheduler: Pick<Scheduler, 'now'>;
  /** Default: standard error. */
  readonly write?: (line: string) => void;
}

const reserved = new Set(['level', 'time', 'msg']);

/**
 * A logger on winston.
 *
 * Semantics: the lines of logrus, which upstream writes: `time="..." level=info msg="..." key=value`, or JSON with the same keys.
 */
export function createLogger(options: LoggerOptions): Logger {
  const render = options.format === 'json' ? renderJson : renderText;
  const stamped = winston.format((info) => {
    const fields = isPlainObject(info['fields']) ? info['fields'] : {};
    const line = render(
      { time: renderTime(options.scheduler.now()), level: nameOf(info.level), msg: String(info.message) },
      spelledOut(fields),
    );
    // winston hands the finished line to its transports under this symbol.
    return { ...info, [Symbol.for('message')]: line };
  });
  const logger = winston.createLogger({
    level: options.level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: stamped(),
    transports: [new winston.transports.Stream({ stream: streamTo(options.write), eol: '\n' })],
  });
  return loggerOn(logger, {});
}

/** For tests and tools that want silence. */
export const silentLogger: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silentLogger,
};

function loggerOn(logger: winston.Logger, bound: LogFields): Logger {
  const log =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      // Fields are laid out only for lines that are written.
      if (logger.isLevelEnabled(level)) logger.log({ level, message, fields: { ...bound, ...fields } });
    };
  return {
    error: log('error'),
    warn: log('warn'),
    info: log('info'),
    debug: log('debug'),
    child: (fields) => loggerOn(logger, { ...bound, ...fields }),
  };
}

function streamTo(write: LoggerOptions['write']): NodeJS.WritableStream {
  if (!write) return process.stderr;
  return new Writable({
    decodeStrings: false,
    write: (chunk: unknown, _encoding, done) => {
      write(String(chunk).replace(/\n$/, ''));
      done();
    },
  });
}

function nameOf(level: string): string {
  return level === 'warn' ? 'warning' : level;
}

interface Head {
  readonly time: string;
  readonly level: string;
  readonly msg: string;
}

function renderJson(head: Head, fields: LogFields): string {
  return JSON.stringify({ ...head, ...fields });
}

function renderText({ time, level, msg }: Head, fields: LogFields): string {
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${renderValue(value)}`);
  return [`time=${JSON.stringify(time)}`, `level=${level}`, `msg=${JSON.stringify(msg)}`, ...pairs].join(' ');
}

function renderValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[\w./:@^+-]+$/.test(text) ? text : JSON.stringify(text);
}

function spelledOut(fields: LogFields): LogFields {
  const entries = Object.entries(fields).flatMap(([key, value]): Entries => {
    if (value === undefined) return [];
    if (isError(value)) return errorEntries(key, value);
    return [[reserved.has(key) ? `${key}_` : key, value]];
  });
  return Object.fromEntries(entries);
}

/** By shape: errors of another realm (a vm, a test runner) are no instances of ours. */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

type Entries = (readonly [string, unknown])[];

function errorEntries(key: string, error: Error): Entries {
  const entries: Entries = [[key, error.message]];
  if (error instanceof ControllerError) {
    entries.push(['code', error.code]);
    for (const [name, value] of Object.entries(error.fields)) if (value !== undefined) entries.push([`error.${name}`, value]);
  }
  // A bug of ours is the one error whose place in the code matters.
  if (!(error instanceof ControllerError) || error.code === 'internal') entries.push(['stack', error.stack]);
  const causes = causesOf(error);
  if (causes.length > 0) entries.push(['causes', causes]);
  return entries;
}

function causesOf(error: Error): readonly string[] {
  const causes: string[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < 5; cause = isError(cause) ? cause.cause : undefined) {
    causes.push(isError(cause) ? cause.message : errorMessage(cause));
  }
  return causes;
}
