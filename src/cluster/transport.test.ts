import { afterEach, describe, expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import { virtualScheduler, type VirtualScheduler } from '../lib/virtual-scheduler.js';
import { answerJson, eventually, loopbackServer, type Answer, type LoopbackServer } from '../testing/loopback-server.js';
import { transport, type ApiRequest, type Transport, type TransportOptions } from './transport.js';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Bench {
  readonly server: LoopbackServer;
  readonly scheduler: VirtualScheduler;
  readonly rest: Transport;
  /** Of all timers set so far, ms. */
  readonly delays: readonly number[];
}

async function aBench(answer: Answer, options: Partial<TransportOptions> = {}): Promise<Bench> {
  const server = await loopbackServer(answer);
  const virtual = virtualScheduler();
  const delays: number[] = [];
  const scheduler: VirtualScheduler = {
    ...virtual,
    after: (delayMs, task) => {
      delays.push(delayMs);
      return virtual.after(delayMs, task);
    },
  };
  const rest = transport({ server: server.url, scheduler, userAgent: 'sluice/test', credentials: noCredentials(), ...options });
  closing.push(
    () => rest.close(),
    () => server.close(),
  );
  return { server, scheduler, rest, delays };
}

function noCredentials(): TransportOptions['credentials'] {
  const credentials = { headers: {}, tls: {} };
  return async () => credentials;
}

const aGet: ApiRequest = { method: 'GET', path: '/api/v1/pods', idempotent: true, call: { verb: 'list', resource: 'pods' } };
const aPost: ApiRequest = {
  method: 'POST',
  path: '/api/v1/pods',
  body: { a: 1 },
  idempotent: false,
  call: { verb: 'create', resource: 'pods' },
};
const status = (code: number, reason: string, message = 'no'): unknown => ({ kind: 'Status', code, reason, message });

/** Fails the first `times` requests in one way, then answers. */
function failing(times: number, fail: Answer): Answer {
  let left = times;
  return (request, response, socket) => {
    left -= 1;
    if (left >= 0) fail(request, response, socket);
    else answerJson(response, 200, { ok: true });
  };
}

const reset: Answer = (_request, _response, socket) => socket.resetAndDestroy();

/** Lets time pass once the server has seen that many requests. */
async function passTimeAfter(bench: Bench, requests: number, ms: number): Promise<void> {
  await eventually(() => bench.server.requests.length >= requests);
  await bench.scheduler.runFor(ms);
}

/** Lets time pass once the call pauses for the n-th time before it tries again. */
async function passTimeInPause(bench: Bench, pauses: number, ms: number): Promise<void> {
  await eventually(() => bench.delays.filter((delayMs) => delayMs < 10_000).length >= pauses);
  await bench.scheduler.runFor(ms);
}

describe('a call', () => {
  it('sends JSON, credentials and query, and gets JSON back', async () => {
    const credentials = { headers: { authorization: 'Bearer t', 'impersonate-group': ['a', 'b'] }, tls: {} };
    const bench = await aBench((_, response) => answerJson(response, 201, { kind: 'Pod' }), { credentials: async () => credentials });
    const answer = await bench.rest.call({ ...aPost, query: { dryRun: 'All', labelSelector: 'a in (b,c)', none: undefined } });
    expect(answer).toEqual({ kind: 'Pod' });
    expect(bench.server.requests[0]).toMatchObject({
      method: 'POST',
      url: '/api/v1/pods?dryRun=All&labelSelector=a%20in%20(b%2Cc)',
      headers: { authorization: 'Bearer t', 'impersonate-group': 'a, b', 'content-type': 'application/json', 'user-agent': 'sluice/test' },
      body: '{"a":1}',
    });
  });

  it('keeps its connection for the next', async () => {
    const bench = await aBench((_, response) => answerJson(response, 200, {}));
    for (let count = 0; count < 20; count += 1) await bench.rest.call(aGet);
    expect(bench.server.connections).toBe(1);
  });

  it('respects a path in the address of the server', async () => {
    const server = await loopbackServer((_, response) => answerJson(response, 200, {}));
    const rest = transport({
      server: `${server.url}/k8s/clusters/c-1/`,
      scheduler: virtualScheduler(),
      userAgent: 'x',
      credentials: noCredentials(),
    });
    closing.push(
      () => rest.close(),
      () => server.close(),
    );
    await rest.call(aGet);
    expect(server.requests[0]?.url).toBe('/k8s/clusters/c-1/api/v1/pods');
  });

  it.each([
    { code: 400, reason: 'BadRequest', expected: 'invalid' },
    { code: 401, reason: 'Unauthorized', expected: 'unauthorized' },
    { code: 403, reason: 'Forbidden', expected: 'forbidden' },
    { code: 404, reason: 'NotFound', expected: 'not-found' },
    { code: 405, reason: 'MethodNotAllowed', expected: 'unsupported' },
    { code: 409, reason: 'AlreadyExists', expected: 'already-exists' },
    { code: 409, reason: 'Conflict', expected: 'conflict' },
    { code: 410, reason: 'Expired', expected: 'expired' },
    { code: 415, reason: 'UnsupportedMediaType', expected: 'unsupported' },
    { code: 422, reason: 'Invalid', expected: 'invalid' },
    { code: 429, reason: 'TooManyRequests', expected: 'too-many-requests' },
    { code: 500, reason: 'InternalError', expected: 'unavailable' },
    { code: 503, reason: 'ServiceUnavailable', expected: 'unavailable' },
    { code: 504, reason: 'Timeout', expected: 'unavailable' },
  ])('turns $code $reason into $expected, with the message and the name of the call', async ({ code, reason, expected }) => {
    const bench = await aBench((_, response) => answerJson(response, code, status(code, reason, 'because')));
    await expect(bench.rest.call(aGet)).rejects.toMatchObject({
      code: expected,
      message: 'because',
      fields: { verb: 'list', resource: 'pods', status: code, reason },
    });
  });

  it('names the field the server complains about', async () => {
    const details = { causes: [{ field: 'spec.replicas', message: 'must be positive' }] };
    const bench = await aBench((_, response) => answerJson(response, 422, { ...(status(422, 'Invalid') as object), details }));
    await expect(bench.rest.call(aPost)).rejects.toMatchObject({ code: 'invalid', fields: { path: 'spec.replicas' } });
  });

  it('tells metrics of every answer', async () => {
    const answers: unknown[] = [];
    const bench = await aBench(
      failing(1, (_, response) => answerJson(response, 404, status(404, 'NotFound'))),
      {
        onAnswer: (answer) => answers.push(answer),
      },
    );
    await bench.rest.call(aGet).catch(() => undefined);
    await bench.rest.call(aGet);
    expect(answers).toEqual([
      { call: aGet.call, status: 404, durationMs: 0 },
      { call: aGet.call, status: 200, durationMs: 0 },
    ]);
  });
});

describe('a dropped connection', () => {
  it('is tried again for what may arrive twice', async () => {
    const bench = await aBench(failing(2, reset));
    await expect(bench.rest.call(aGet)).resolves.toEqual({ ok: true });
    expect(bench.server.requests).toHaveLength(3);
  });

  it('is given up after two more tries', async () => {
    const bench = await aBench(failing(9, reset));
    await expect(bench.rest.call(aGet)).rejects.toMatchObject({ code: 'unavailable', fields: { reason: 'ECONNRESET' } });
    expect(bench.server.requests).toHaveLength(3);
  });

  it('is not tried again for a create that may have been made', async () => {
    const bench = await aBench(failing(1, reset));
    await expect(bench.rest.call(aPost)).rejects.toMatchObject({ code: 'unavailable' });
    expect(bench.server.requests).toHaveLength(1);
  });

  it('is tried again in the middle of a body', async () => {
    const bench = await aBench(
      failing(1, (_, response, socket) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
        response.write('{"half":');
        setTimeout(() => socket.resetAndDestroy(), 5);
      }),
    );
    await expect(bench.rest.call(aGet)).resolves.toEqual({ ok: true });
  });

  it('of an idle keep-alive connection does not fail the next call', async () => {
    const bench = await aBench((_, response) => answerJson(response, 200, { ok: true }));
    await bench.rest.call(aGet);
    bench.server.resetAll();
    await expect(bench.rest.call(aGet)).resolves.toEqual({ ok: true });
  });

  it('before anything was sent is tried again even for a create', async () => {
    // A TLS client meets a server that hangs up during the handshake, twice.
    const server = await loopbackServer((_, response) => answerJson(response, 200, { ok: true }), await aCertificate());
    let hangUps = 2;
    const rest = transport({
      ...{ server: server.url, scheduler: virtualScheduler(), userAgent: 'x' },
      credentials: async () => {
        if (hangUps > 0) setTimeout(() => server.resetAll(), 0);
        hangUps -= 1;
        return { headers: {}, tls: { rejectUnauthorized: false } };
      },
    });
    closing.push(
      () => rest.close(),
      () => server.close(),
    );
    await expect(rest.call(aPost)).resolves.toEqual({ ok: true });
    expect(server.requests).toHaveLength(1);
  });

  it('that was refused is an error at once', async () => {
    const bench = await aBench((_, response) => answerJson(response, 200, {}));
    await bench.server.close();
    await expect(bench.rest.call(aGet)).rejects.toMatchObject({ code: 'unavailable', fields: { reason: 'ECONNREFUSED' } });
  });
});

describe('a busy server', () => {
  it.each([429, 503])('that answers %d with Retry-After gets the call again after that', async (code) => {
    const bench = await aBench(failing(1, (_, response) => answerJson(response, code, status(code, 'Busy'), { 'retry-after': '2' })));
    let answered = false;
    const call = bench.rest.call(aPost).finally(() => {
      answered = true;
    });
    await passTimeInPause(bench, 1, 1_999);
    expect(bench.server.requests).toHaveLength(1);
    expect(answered).toBe(false);
    await bench.scheduler.runFor(600);
    await expect(call).resolves.toEqual({ ok: true });
  });

  it('that asks for a long absence is left alone', async () => {
    const bench = await aBench((_, response) => answerJson(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '60' }));
    await expect(bench.rest.call(aGet)).rejects.toMatchObject({ code: 'too-many-requests', fields: { retryAfterMs: 60_000 } });
    expect(bench.server.requests).toHaveLength(1);
  });

  it('is asked four times at most', async () => {
    const bench = await aBench((_, response) => answerJson(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '1' }));
    const call = bench.rest.call(aGet);
    const outcome = expect(call).rejects.toMatchObject({ code: 'too-many-requests' });
    for (let tries = 1; tries <= 3; tries += 1) await passTimeInPause(bench, tries, 1_300);
    await outcome;
    expect(bench.server.requests).toHaveLength(4);
  });

  it('that refuses an eviction is heard at once', async () => {
    const bench = await aBench((_, response) => answerJson(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '1' }));
    await expect(bench.rest.call({ ...aPost, waitWhenRefused: false })).rejects.toMatchObject({ code: 'too-many-requests' });
    expect(bench.server.requests).toHaveLength(1);
  });

  it('is not waited for once the caller gives up', async () => {
    const bench = await aBench((_, response) => answerJson(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '5' }));
    const stop = new AbortController();
    const call = bench.rest.call({ ...aGet, signal: stop.signal });
    const outcome = expect(call).rejects.toMatchObject({ code: 'aborted' });
    await passTimeInPause(bench, 1, 100);
    stop.abort();
    await outcome;
  });
});

describe('a server that behaves oddly', () => {
  it('and never answers runs into our timeout', async () => {
    const bench = await aBench(() => undefined, { timeoutMs: 10_000 });
    const outcome = expect(bench.rest.call(aGet)).rejects.toMatchObject({
      code: 'timeout',
      fields: { timeoutMs: 10_000, resource: 'pods' },
    });
    await passTimeAfter(bench, 1, 10_000);
    await outcome;
    expect(bench.scheduler.pending()).toBe(0);
  });

  it('and stops in the middle of a body runs into our timeout', async () => {
    const bench = await aBench((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"a":');
    });
    const outcome = expect(bench.rest.call(aGet)).rejects.toMatchObject({ code: 'timeout' });
    await passTimeAfter(bench, 1, 30_000);
    await outcome;
  });

  it('and answers HTML is named as no API server', async () => {
    const bench = await aBench((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html><body>Sign in</body></html>');
    });
    await expect(bench.rest.call(aGet)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the answer is no JSON: is this a Kubernetes API server?',
      fields: { contentType: 'text/html', beginning: '<html><body>Sign in</body></html>' },
    });
  });

  it('and fails with HTML keeps its code and the beginning of the text', async () => {
    const bench = await aBench((_, response) => {
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<h1>Bad\n gateway</h1>');
    });
    await expect(bench.rest.call(aGet)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the server answered 502: <h1>Bad gateway</h1>',
    });
  });

  it('and sends more than fits is cut off', async () => {
    const bench = await aBench((_, response) => answerJson(response, 200, { text: 'x'.repeat(2_000_000) }), { maxBytes: 1_000_000 });
    await expect(bench.rest.call(aGet)).rejects.toMatchObject({ code: 'unavailable', fields: { limitBytes: 1_000_000 } });
  });

  it('and redirects is not followed', async () => {
    const bench = await aBench((_, response) => {
      response.writeHead(302, { location: 'https://elsewhere.example/' });
      response.end();
    });
    await expect(bench.rest.call(aGet)).rejects.toMatchObject({ code: 'unavailable', fields: { status: 302 } });
  });
});

describe('a caller who gives up', () => {
  it('frees the connection', async () => {
    const bench = await aBench(() => undefined);
    const stop = new AbortController();
    const call = bench.rest.call({ ...aGet, signal: stop.signal });
    await eventually(() => bench.server.requests.length === 1);
    stop.abort(new Error('not needed any more'));
    await expect(call).rejects.toMatchObject({ code: 'aborted', cause: { message: 'not needed any more' } });
    expect(bench.scheduler.pending()).toBe(0);
  });

  it('before the call sends nothing', async () => {
    const bench = await aBench((_, response) => answerJson(response, 200, {}));
    await expect(bench.rest.call({ ...aGet, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(bench.server.requests).toHaveLength(0);
  });
});

describe('credentials', () => {
  it('are renewed once when the server refuses them', async () => {
    const asked: boolean[] = [];
    const bench = await aBench(
      failing(1, (_, response) => answerJson(response, 401, status(401, 'Unauthorized'))),
      {
        credentials: async (refresh) => {
          asked.push(refresh);
          return { headers: {}, tls: {} };
        },
      },
    );
    await expect(bench.rest.call(aPost)).resolves.toEqual({ ok: true });
    expect(asked).toEqual([false, true, false]);
  });

  it('that stay refused are an error', async () => {
    const bench = await aBench((_, response) => answerJson(response, 401, status(401, 'Unauthorized')));
    await expect(bench.rest.call(aGet)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(bench.server.requests).toHaveLength(2);
  });

  it('of TLS are checked, and new ones get new connections', async () => {
    const pair = await aCertificate();
    const server = await loopbackServer((_, response) => answerJson(response, 200, {}), pair);
    let tls: Record<string, unknown> = {};
    const rest = transport({
      server: server.url,
      scheduler: virtualScheduler(),
      userAgent: 'x',
      credentials: async () => ({ headers: {}, tls }),
    });
    closing.push(
      () => rest.close(),
      () => server.close(),
    );
    await expect(rest.call(aGet)).rejects.toMatchObject({ code: 'unavailable', fields: { reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    tls = { ca: pair.cert };
    await rest.call(aGet);
    await rest.call(aGet);
    const before = server.connections;
    tls = { ca: pair.cert };
    await rest.call(aGet);
    expect(server.connections).toBe(before + 1);
  });
});

describe('a stream', () => {
  it('hands out bytes as they come and ends with the server', async () => {
    const bench = await aBench((_, response) => {
      response.write('one ');
      setTimeout(() => response.end('two'), 5);
    });
    const chunks: string[] = [];
    for await (const chunk of await bench.rest.open(aGet)) chunks.push(chunk.toString());
    expect(chunks).toEqual(['one ', 'two']);
  });

  it('lives on after the timeout of calls', async () => {
    let end = (): void => undefined;
    const bench = await aBench((_, response) => {
      response.write('one');
      end = () => void response.end('two');
    });
    const chunks: string[] = [];
    for await (const chunk of await bench.rest.open(aGet)) {
      chunks.push(chunk.toString());
      await bench.scheduler.runFor(3_600_000);
      end();
    }
    expect(chunks).toEqual(['one', 'two']);
  });

  it('ends without an error when its signal fires', async () => {
    const bench = await aBench((_, response) => response.write('one'));
    const stop = new AbortController();
    const chunks: string[] = [];
    for await (const chunk of await bench.rest.open({ ...aGet, signal: stop.signal })) {
      chunks.push(chunk.toString());
      stop.abort();
    }
    expect(chunks).toEqual(['one']);
  });

  it('that breaks says so', async () => {
    const bench = await aBench((_, response, socket) => {
      response.write('one');
      setTimeout(() => socket.resetAndDestroy(), 5);
    });
    const read = async (): Promise<void> => {
      for await (const _chunk of await bench.rest.open(aGet)) void _chunk;
    };
    await expect(read()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('that is refused is an error with its Status', async () => {
    const bench = await aBench((_, response) => answerJson(response, 410, status(410, 'Expired', 'too old')));
    await expect(bench.rest.open(aGet)).rejects.toMatchObject({ code: 'expired', message: 'too old' });
  });

  it('takes no connection from calls', async () => {
    const bench = await aBench(
      (request, response) => {
        if (request.url.includes('watch')) response.write('x');
        else answerJson(response, 200, {});
      },
      { maxSockets: 1 },
    );
    const stop = new AbortController();
    for (let count = 0; count < 3; count += 1) await bench.rest.open({ ...aGet, query: { watch: true }, signal: stop.signal });
    await bench.rest.call(aGet);
    stop.abort();
  });
});

async function aCertificate(): Promise<{ readonly cert: string; readonly key: string }> {
  const altNames = [{ type: 7 as const, ip: '127.0.0.1' }];
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { cert: pair.cert, key: pair.private };
}
