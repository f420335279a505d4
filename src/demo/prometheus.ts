import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { errorMessage } from '../lib/errors.js';
import type { Scheduler } from '../lib/scheduler.js';
import type { Counts } from './counts.js';
import { evaluateQuery } from './query.js';

export interface MetricsBackend {
  /** Where a Prometheus query API answers. */
  readonly url: string;
  /** `Prometheus` or what stands in for it. */
  readonly name: string;
  stop(): Promise<void>;
}

export const requestsMetric = 'shop_requests_total';

/** A real Prometheus that scrapes the counts when there is one on PATH, else a small endpoint that computes from the very same counts. */
export async function startMetricsBackend(counts: Counts, scheduler: Scheduler, folder: string): Promise<MetricsBackend> {
  const exporter = await listen((request, response) => answer(request, response, counts, scheduler));
  const exporterUrl = `http://127.0.0.1:${portOf(exporter)}`;
  const cancel = everySecond(scheduler, () => counts.sample());
  const stopExporter = async (): Promise<void> => {
    cancel();
    await close(exporter);
  };
  const binary = onPath('prometheus');
  if (binary === undefined) return { url: exporterUrl, name: 'a stand-in for Prometheus (none is on PATH)', stop: stopExporter };
  const prometheus = await startPrometheus(binary, portOf(exporter), folder);
  return {
    url: prometheus.url,
    name: 'Prometheus',
    stop: async () => {
      await prometheus.stop();
      await stopExporter();
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, counts: Counts, scheduler: Scheduler): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/metrics') {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(counts.render(requestsMetric));
    return;
  }
  if (url.pathname !== '/api/v1/query') {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"status":"error","errorType":"not_found","error":"not found"}');
    return;
  }
  const form = new URLSearchParams(await bodyOf(request));
  const now = scheduler.now();
  const [status, body] = queryAnswer(form.get('query') ?? url.searchParams.get('query') ?? '', counts, now);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function queryAnswer(query: string, counts: Counts, now: number): readonly [number, unknown] {
  try {
    const value = evaluateQuery(query, requestsMetric, counts.series, now);
    const result = value === undefined ? [] : [{ metric: {}, value: [now / 1000, String(value)] }];
    return [200, { status: 'success', data: { resultType: 'vector', result } }];
  } catch (error) {
    return [400, { status: 'error', errorType: 'bad_data', error: errorMessage(error) }];
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  // A request's chunks are Buffers unless an encoding was set.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function startPrometheus(
  binary: string,
  exporterPort: number,
  folder: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const config = path.join(folder, 'prometheus.yml');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    config,
    `global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: shop\n    static_configs:\n      - targets: ['127.0.0.1:${exporterPort}']\n`,
  );
  const child = spawn(
    binary,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

function everySecond(scheduler: Scheduler, task: () => void): () => void {
  let cancel = (): void => undefined;
  const tick = (): void => {
    task();
    cancel = scheduler.after(1000, tick);
  };
  tick();
  return () => cancel();
}

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Promise<Server> {
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): number {
  // listen on a TCP port makes it an AddressInfo.
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = await listen(() => Promise.resolve());
  const port = portOf(server);
  await close(server);
  return port;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
}
