import type { Json } from '../../src/api/kube.js';
import { jsonAt, listAt, numberAt, shownJson, textAt } from './json-at.js';

export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/**
 * What the fake metrics server of the recordings answers. `metric` actions set an answer for a Prometheus query of that very text
 * or for `/web/NAME`; a list is used up one per request, its last entry stays. Paths begin with the namespace.
 */
export class MetricAnswers {
  private readonly answers = new Map<string, Json[]>();

  constructor(private readonly nowSeconds: () => number) {}

  /** Answers of `namespace` only: stories and scenarios in parallel do not see each other's. */
  set(namespace: string, name: string, answer: Json): void {
    this.answers.set(`${namespace} ${name}`, Array.isArray(answer) ? [...(answer as readonly Json[])] : [answer]);
  }

  /**
   * @param path   path and query string of the request, `/NAMESPACE/api/v1/query?query=...` or `/NAMESPACE/web/NAME`
   * @param form   body of a POST, as Prometheus' client sends its query
   */
  reply(path: string, form: string): HttpReply {
    const url = new URL(path, 'http://metrics');
    const [, namespace = '', ...rest] = url.pathname.split('/');
    const route = rest.join('/');
    if (route.startsWith('web/')) return webReply(this.next(namespace, route.slice('web/'.length)));
    if (route !== 'api/v1/query' && route !== 'api/v1/query_range') return text(404, 'not found');
    const query = new URLSearchParams(form).get('query') ?? url.searchParams.get('query') ?? '';
    return prometheusReply(this.next(namespace, query), this.nowSeconds());
  }

  private next(namespace: string, name: string): Json | undefined {
    const list = this.answers.get(`${namespace} ${name}`);
    return list !== undefined && list.length > 1 ? list.shift() : list?.[0];
  }
}

function webReply(answer: Json | undefined): HttpReply {
  if (answer === undefined) return text(404, 'not found');
  const status = numberAt(answer, 'status') ?? 200;
  const plain = textAt(answer, 'text');
  return plain === undefined ? json(status, jsonAt(answer, 'json') ?? null) : text(status, plain);
}

function prometheusReply(answer: Json | undefined, now: number): HttpReply {
  const status = numberAt(answer, 'status');
  const error = textAt(answer, 'error');
  if (status !== undefined) return text(status, error ?? '');
  if (error !== undefined) return json(400, { status: 'error', errorType: 'bad_data', error });
  const scalar = jsonAt(answer, 'scalar');
  if (scalar !== undefined) return data({ resultType: 'scalar', result: [now, shownJson(scalar)] });
  // A query nobody set an answer for finds no series, as in Prometheus.
  return data({ resultType: 'vector', result: listAt(answer, 'vector').map((value) => ({ metric: {}, value: [now, shownJson(value)] })) });
}

function data(value: Json): HttpReply {
  return json(200, { status: 'success', data: value });
}

function json(status: number, body: Json): HttpReply {
  return { status, contentType: 'application/json', body: JSON.stringify(body) };
}

function text(status: number, body: string): HttpReply {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}
