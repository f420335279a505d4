import type { ServerResponse } from 'node:http';
import { statusOf } from '../store/status-error.js';

/** One answer on its way; knows nothing of what it says. */
export interface Reply {
  /** Sent as a header with the answer. */
  warn(text: string): void;
  json(code: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
  text(code: number, body: string): void;
  fail(error: unknown): void;
  /** Headers at once, then chunks. @returns how to write; resolves when the client has room for more, false when it is gone */
  stream(contentType: string): (chunk: string) => Promise<boolean>;
  end(): void;
  readonly started: boolean;
}

export function createReply(response: ServerResponse): Reply {
  const warnings: string[] = [];
  const head = (code: number, contentType: string, headers: Readonly<Record<string, string>> = {}): void => {
    const warning = warnings.map((each) => `299 - ${JSON.stringify(each)}`);
    response.writeHead(code, {
      'Content-Type': contentType,
      'Cache-Control': 'no-cache, private',
      ...headers,
      ...(warning.length > 0 ? { Warning: warning } : {}),
    });
  };
  const reply: Reply = {
    warn: (text) => void warnings.push(text),
    json: (code, body, headers = {}) => {
      const bytes = Buffer.from(JSON.stringify(body), 'utf8');
      head(code, headers['Content-Type'] ?? 'application/json', { ...headers, 'Content-Length': String(bytes.length) });
      response.end(bytes);
    },
    text: (code, body) => {
      head(code, 'text/plain; charset=utf-8');
      response.end(body);
    },
    fail: (error) => {
      const status = statusOf(error);
      const seconds = status.details?.retryAfterSeconds ?? (status.code === 429 ? 1 : undefined);
      if (response.headersSent) response.destroy();
      else
        reply.json(status.code, status, { ...(seconds === undefined ? {} : { 'Retry-After': String(seconds) }), ...leftover(status.code) });
    },
    stream: (contentType) => {
      head(200, contentType);
      response.flushHeaders();
      return (chunk) => written(response, chunk);
    },
    end: () => void response.end(),
    get started() {
      return response.headersSent;
    },
  };
  return reply;
}

/** What is left of a body that was too long must not be read as the next request. */
function leftover(code: number): Readonly<Record<string, string>> {
  return code === 413 ? { Connection: 'close' } : {};
}

function written(response: ServerResponse, chunk: string): Promise<boolean> {
  if (response.destroyed || response.writableEnded) return Promise.resolve(false);
  if (response.write(chunk)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = (isOpen: boolean) => (): void => {
      response.off('drain', onDrain);
      response.off('close', onClose);
      resolve(isOpen);
    };
    const onDrain = done(true);
    const onClose = done(false);
    response.once('drain', onDrain);
    response.once('close', onClose);
  });
}
