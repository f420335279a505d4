import { ControllerError } from '../../lib/errors.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { isRecord } from '../section.js';
import type { HttpClient } from './client.js';
import { excerpt, hostOf, parseJson, statusError } from './client.js';

export interface OAuth2Settings {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
}

export interface TokenRequest {
  readonly timeoutMs: number;
  readonly insecure: boolean;
  readonly signal: AbortSignal;
  now(): EpochMs;
}

/** Access tokens by the client-credentials grant, kept until shortly before they expire. */
export interface TokenSource {
  /** @throws ControllerError `provider-unavailable` naming the token endpoint */
  token(settings: OAuth2Settings, request: TokenRequest): Promise<string>;
}

interface Token {
  readonly value: string;
  readonly until: EpochMs;
}

/** Ours refreshes this long before the end, so that a token does not expire on its way. */
const marginMs = 30_000;
const mostTokens = 1_000;

export function tokenSource(http: HttpClient): TokenSource {
  const tokens = new Map<string, Token>();
  return {
    token: async (settings, request) => {
      const key = JSON.stringify([settings.tokenUrl, settings.clientId, settings.clientSecret, settings.scopes, request.insecure]);
      const known = tokens.get(key);
      if (known !== undefined && request.now() < known.until) return known.value;
      const fresh = await fetchToken(http, settings, request);
      if (tokens.size >= mostTokens) tokens.clear();
      tokens.set(key, fresh);
      return fresh.value;
    },
  };
}

async function fetchToken(http: HttpClient, settings: OAuth2Settings, request: TokenRequest): Promise<Token> {
  const from = `the token endpoint ${hostOf(settings.tokenUrl) ?? settings.tokenUrl}`;
  const scope = settings.scopes.join(' ');
  const response = await http.send({
    method: 'POST',
    url: settings.tokenUrl,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      authorization: basicAuth(encodeURIComponent(settings.clientId), encodeURIComponent(settings.clientSecret)),
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope === '' ? {} : { scope }) }).toString(),
    timeoutMs: request.timeoutMs,
    insecure: request.insecure,
    signal: request.signal,
  });
  if (response.status !== 200) throw statusError(`${from} answered ${response.status}: ${excerpt(response.body)}`, response, request.now());
  const answer = parseJson(response, from);
  const { access_token: value, expires_in: seconds } = isRecord(answer) ? answer : {};
  if (typeof value !== 'string' || value === '') throw new ControllerError('provider-unavailable', `${from} answered without access_token`);
  const lifetimeMs = Number(seconds) > 0 ? Number(seconds) * 1_000 : 0;
  return { value, until: request.now() + lifetimeMs - marginMs };
}

/** Value of an Authorization header. */
export function basicAuth(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
