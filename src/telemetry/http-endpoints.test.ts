import { afterEach, describe, expect, it } from '@jest/globals';
import { serveEndpoints, type EndpointServer, type Endpoints } from './http-endpoints.js';

const open: EndpointServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(endpoints: Endpoints): Promise<string> {
  const server = await serveEndpoints(endpoints, 0);
  open.push(server);
  return `http://127.0.0.1:${server.port}`;
}

describe('endpoints', () => {
  it('answer their paths, whatever the query', async () => {
    const url = await serve({
      '/healthz': () => ({ status: 200, text: 'ok' }),
      '/metrics': async () => ({ status: 200, text: 'x 1', contentType: 'text/special' }),
    });
    const health = await fetch(`${url}/healthz?verbose=1`);
    expect([health.status, await health.text()]).toEqual([200, 'ok']);
    expect((await fetch(`${url}/metrics`)).headers.get('content-type')).toBe('text/special');
  });

  it('answer 404 for anything else, and 405 for anything but reading', async () => {
    const url = await serve({ '/healthz': () => ({ status: 200, text: 'ok' }) });
    expect((await fetch(`${url}/toString`)).status).toBe(404);
    expect((await fetch(`${url}/healthz`, { method: 'POST' })).status).toBe(405);
    const head = await fetch(`${url}/healthz`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '2', '']);
  });

  it('answer 500 when the answer cannot be made', async () => {
    const url = await serve({
      '/metrics': () => {
        throw new Error('no metrics today');
      },
    });
    const answer = await fetch(`${url}/metrics`);
    expect([answer.status, await answer.text()]).toEqual([500, 'no metrics today\n']);
  });

  it('say which port is taken', async () => {
    const server = await serveEndpoints({}, 0);
    open.push(server);
    await expect(serveEndpoints({}, server.port)).rejects.toMatchObject({ code: 'unavailable', fields: { port: server.port } });
  });
});
