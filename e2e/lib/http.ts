import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export interface HttpOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** PEM; trusted instead of the machine's own authorities. */
  readonly ca?: string;
  /** Milliseconds without any byte, default 5,000. */
  readonly timeoutMs?: number;
}

/**
 * One request on a connection of its own, so that nothing is kept open to a server that is about to be stopped.
 *
 * @throws Error when there is no answer
 */
export function http(url: string, options: HttpOptions = {}): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = send(url, {
      method: options.method ?? 'GET',
      headers: options.headers,
      ca: options.ca,
      agent: false,
      timeout: options.timeoutMs ?? 5_000,
    });
    request.once('timeout', () => request.destroy(new Error(`no answer from ${url}`)));
    request.once('error', reject);
    request.once('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.end(options.body);
  });
}
