import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Metric } from '../api/analysis-types.js';
import type { JsonObject } from '../api/kube.js';
import type { Sample, StringMap } from '../core/analysis/index.js';
import { evaluateTime } from '../core/expression/index.js';
import { ControllerError } from '../lib/errors.js';
import { parsed, refused } from '../lib/parsed.js';
import { realScheduler } from '../lib/scheduler.js';
import { addressPolicy } from '../metric-providers/http/address-policy.js';
import { axiosClient } from '../metric-providers/http/axios-client.js';
import type { HttpClient } from '../metric-providers/http/client.js';
import type { MeasureContext, MeasureRequest, MetricProvider } from '../metric-providers/provider.js';
import { aMetric, t0 } from './analysis.js';
import type { AnswerTo, BackendServer } from './backend-server.js';
import { backendServer } from './backend-server.js';

/** The HTTP client of production, allowed to talk to loopback servers. */
export function loopbackHttp(maxBytes?: number): HttpClient & { close(): void } {
  const policy = addressPolicy({ allow: ['127.0.0.0/8'], apiServers: [] });
  return axiosClient({ scheduler: realScheduler(), policy, ...(maxBytes === undefined ? {} : { maxBytes }) });
}

export interface ContextOptions {
  readonly now?: number;
  /** Secrets by `run/name` or `controller/name`. */
  readonly secrets?: Readonly<Record<string, StringMap>>;
  readonly signal?: AbortSignal;
}

export function aContext({ now = t0, secrets = {}, signal = new AbortController().signal }: ContextOptions = {}): MeasureContext {
  return {
    signal,
    now: () => now,
    secret: async (name, scope) => secrets[`${scope}/${name}`],
    timeOf: (expression) => {
      const time = evaluateTime(expression, now);
      return time.ok ? parsed(time.epochMs) : refused(time.message);
    },
  };
}

export function aRequest(kind: string, provider: JsonObject, metric: Partial<Metric> = {}): MeasureRequest {
  return {
    metric: aMetric({ providerKind: kind, provider, ...metric }),
    run: { namespace: 'shop', name: 'run', uid: 'uid-run', startedAt: t0 },
    ordinal: 1,
    startedAt: t0,
  };
}

/** What a provider needs to be tried against a server. */
export interface ConformanceSubject {
  readonly provider: (http: HttpClient) => MetricProvider;
  /** The metric's section for a server at `origin`, and `timeoutSeconds` where the API has a setting. */
  readonly section: (origin: string, timeoutSeconds: number, insecure: boolean) => JsonObject;
  readonly secrets?: (origin: string) => Readonly<Record<string, StringMap>>;
  /** An answer it can make a sample of. */
  readonly goodAnswer: AnswerTo;
  /** What kind that sample is; default `value`. */
  readonly goodKind?: Sample['kind'];
  /** An answer that is well-formed and holds NaN, and what comes of it. */
  readonly nan?: { readonly answer: AnswerTo; readonly text: string };
  /** Cases it skips, and why. */
  readonly skips?: Partial<Record<CaseName, string>>;
}

export type CaseName = 'timeout' | 'TLS failure' | 'insecure TLS' | 'HTML' | 'empty' | 'dropped connection' | 'redirect';

const largeBody = JSON.stringify({ status: 'success', filler: 'x'.repeat(20_000) });

/** Every provider over HTTP answers the world's failures with an error that names host and cause, and never with a sample. */
export function describeProviderConformance(name: string, subject: ConformanceSubject): void {
  describe(`${name} provider, whatever the world answers`, () => {
    let server: BackendServer;
    let tls: BackendServer;
    const { goodAnswer, goodKind = 'value' } = subject;
    const http = loopbackHttp(10_000);

    beforeAll(async () => {
      [server, tls] = await Promise.all([backendServer(), backendServer({ tls: true })]);
    });
    afterAll(async () => {
      http.close();
      await Promise.all([server.close(), tls.close()]);
    });

    const measure = (
      origin: string,
      { timeoutSeconds = 5, insecure = false, signal = new AbortController().signal } = {},
    ): Promise<Sample> =>
      subject
        .provider(http)
        .measure(
          aRequest(subject.provider(http).kind, subject.section(origin, timeoutSeconds, insecure)),
          aContext({ signal, ...secretsOf(subject, origin) }),
        );
    const errorOf = async (sample: Promise<Sample>): Promise<ControllerError> => {
      const error = await sample.then(
        (value) => new Error(`a sample: ${JSON.stringify(value)}`),
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(ControllerError);
      return error as ControllerError; // asserted above
    };
    const conforms = (which: CaseName, text: string, check: () => Promise<void>): void => {
      const why = subject.skips?.[which];
      if (why === undefined) it(text, check);
      // A reason in the subject is the record of what is left out; jest's skips would count against the list of expected ones.
    };

    it('takes a good answer', async () => {
      server.answer(goodAnswer);
      expect((await measure(server.origin)).kind).toBe(goodKind);
    });

    it.each([401, 403, 404, 500, 502, 503])('says that the status was %s', async (status) => {
      server.answer({ status, body: 'no' });
      expect((await errorOf(measure(server.origin))).message).toContain(String(status));
    });

    it.each([429, 503])('hands on for how long a %s asks to wait', async (status) => {
      server.answer({ status, headers: { 'retry-after': '17' }, body: 'slow down' });
      expect((await errorOf(measure(server.origin))).fields).toMatchObject({ retryAfterMs: 17_000 });
    });

    it('names the host that refuses the connection', async () => {
      const gone = await backendServer();
      await gone.close();
      expect((await errorOf(measure(gone.origin))).message).toBe(`cannot reach 127.0.0.1:${gone.port}: connection refused (ECONNREFUSED)`);
    });

    it('gives up when it is told to', async () => {
      server.answer('hang');
      const giveUp = new AbortController();
      const sample = measure(server.origin, { signal: giveUp.signal });
      giveUp.abort();
      expect((await errorOf(sample)).code).toBe('aborted');
    });

    it('refuses an answer that is too large', async () => {
      server.answer({ body: largeBody });
      expect((await errorOf(measure(server.origin))).message).toContain(`the answer from 127.0.0.1:${server.port} is larger than`);
    });

    it('does not follow a redirect without end', async () => {
      server.answer({ status: 307, headers: { location: '/again' } });
      expect((await errorOf(measure(server.origin))).message).toContain('more than 5 redirects');
    });

    conforms('timeout', 'does not wait longer than its timeout', async () => {
      server.answer('hang');
      expect((await errorOf(measure(server.origin, { timeoutSeconds: 0.05 }))).message).toBe(
        `no answer from 127.0.0.1:${server.port} within 0.05 s`,
      );
    });

    conforms('TLS failure', 'refuses a certificate nobody vouches for', async () => {
      tls.answer(goodAnswer);
      expect((await errorOf(measure(tls.origin))).message).toContain('self-signed certificate');
    });

    conforms('insecure TLS', 'takes it when told to', async () => {
      tls.answer(goodAnswer);
      expect((await measure(tls.origin, { insecure: true })).kind).toBe(goodKind);
    });

    conforms('HTML', 'does not take a login page for an answer', async () => {
      server.answer({ body: '<html><body>Please log in</body></html>' });
      expect((await errorOf(measure(server.origin))).message).toContain('Please log in');
    });

    conforms('empty', 'does not take nothing for an answer', async () => {
      server.answer({ body: '' });
      expect((await errorOf(measure(server.origin))).message).toContain(`empty answer from 127.0.0.1:${server.port}`);
    });

    conforms('dropped connection', 'tries again when the connection drops, and then says so', async () => {
      server.answer('drop', goodAnswer);
      expect((await measure(server.origin)).kind).toBe(goodKind);
      server.answer('drop');
      expect((await errorOf(measure(server.origin))).message).toContain('the connection was closed in the middle');
    });

    conforms('redirect', 'follows a redirect', async () => {
      server.answer((request) => {
        if (!request.url.startsWith('/moved')) return { status: 307, headers: { location: `/moved${request.url}` } };
        return typeof goodAnswer === 'function' ? goodAnswer(request) : goodAnswer;
      });
      expect((await measure(server.origin)).kind).toBe(goodKind);
    });

    const { nan } = subject;
    if (nan !== undefined) {
      it('passes NaN on', async () => {
        server.answer(nan.answer);
        expect(await measure(server.origin)).toMatchObject({ text: nan.text });
      });
    }
  });
}

function secretsOf(subject: ConformanceSubject, origin: string): Pick<ContextOptions, 'secrets'> {
  return subject.secrets === undefined ? {} : { secrets: subject.secrets(origin) };
}
