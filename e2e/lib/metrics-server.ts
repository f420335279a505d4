import { createServer } from 'node:http';
import type { MetricAnswers } from './metric-answers.js';

export interface MetricsServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves what `answers` say on a free loopback port. */
export function startMetricsServer(answers: MetricAnswers): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    let form = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => (form += text));
    request.on('end', () => {
      const reply = answers.reply(request.url ?? '/', form);
      response.writeHead(reply.status, { 'content-type': reply.contentType }).end(reply.body);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address === null || typeof address === 'string' ? 0 : address.port;
      const close = async (): Promise<void> => {
        server.closeAllConnections();
        await new Promise<void>((closed) => server.close(() => closed()));
      };
      resolve({ url: `http://127.0.0.1:${port}`, close });
    });
  });
}
