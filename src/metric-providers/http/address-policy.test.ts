import { describe, expect, it } from '@jest/globals';
import { realScheduler } from '../../lib/scheduler.js';
import { backendServer } from '../../testing/backend-server.js';
import { addressPolicy } from './address-policy.js';
import { axiosClient } from './axios-client.js';

const strict = addressPolicy({ allow: [], apiServers: ['10.96.0.1:443', 'kubernetes.default.svc:443'] });

describe('addressPolicy', () => {
  it.each([
    { address: '127.0.0.1', reason: 'a loopback address' },
    { address: '127.9.9.9', reason: 'a loopback address' },
    { address: '::1', reason: 'a loopback address' },
    { address: '::ffff:127.0.0.1', reason: 'a loopback address' },
    { address: '::ffff:7f00:1', reason: 'a loopback address' },
    { address: '64:ff9b::a9fe:a9fe', reason: 'a link-local or metadata address' },
    { address: '169.254.169.254', reason: 'a link-local or metadata address' },
    { address: 'fe80::1', reason: 'a link-local or metadata address' },
    { address: 'fd00:ec2::254', reason: 'a link-local or metadata address' },
    { address: '168.63.129.16', reason: 'a link-local or metadata address' },
    { address: '0.0.0.0', reason: 'an unspecified address' },
    { address: '::', reason: 'an unspecified address' },
    { address: '239.1.1.1', reason: 'a multicast or broadcast address' },
    { address: '10.96.0.1', reason: 'the API server' },
    { address: '10.96.0.2', reason: undefined },
    { address: '192.168.1.4', reason: undefined },
    { address: '8.8.8.8', reason: undefined },
    { address: '2001:db8::1', reason: undefined },
  ])('$address: $reason', ({ address, reason }) => {
    expect(strict.refuseAddress('metrics.example', address, 443)).toBe(reason);
  });

  it.each([
    { host: '[::1]', reason: 'a loopback address' },
    { host: '127.0.0.1', reason: 'a loopback address' },
    { host: 'kubernetes.default.svc', reason: 'the API server' },
    { host: 'Kubernetes.Default.SVC.', reason: 'the API server' },
    { host: 'prometheus.monitoring', reason: undefined },
  ])('already the host $host: $reason', ({ host, reason }) => {
    expect(strict.refuseHost(host, 443)).toBe(reason);
  });

  it('knows the API server by its port', () => {
    expect(strict.refuseAddress('x', '10.96.0.1', 9090)).toBeUndefined();
  });

  it.each([
    { allow: '*', address: '169.254.169.254' },
    { allow: '127.0.0.1', address: '127.0.0.1' },
    { allow: '127.0.0.0/8', address: '::ffff:127.0.0.1' },
    { allow: '127.0.0.1:9090', address: '127.0.0.1' },
    { allow: '[::1]:9090', address: '::1' },
    { allow: 'metrics.example', address: '127.0.0.1' },
    { allow: '*.example', address: '127.0.0.1' },
  ])('lets $address pass where $allow is allowed', ({ allow, address }) => {
    const policy = addressPolicy({ allow: [allow], apiServers: [] });
    expect(policy.refuseAddress('metrics.example', address, 9090)).toBeUndefined();
  });

  it('lets nothing else pass than what may be asked', () => {
    const policy = addressPolicy({ allow: [], only: ['*.monitoring.svc', '10.0.0.0/8'], apiServers: [] });
    expect(policy.refuseAddress('prometheus.monitoring.svc', '172.20.0.4', 9090)).toBeUndefined();
    expect(policy.refuseAddress('other', '10.1.2.3', 80)).toBeUndefined();
    expect(policy.refuseAddress('other', '172.20.0.4', 80)).toBe('not among the hosts metrics may come from');
    expect(policy.refuseAddress('evil.monitoring.svc', '127.0.0.1', 80)).toBe('a loopback address');
  });
});

describe('the HTTP client', () => {
  const request = { method: 'GET', timeoutMs: 5_000, signal: new AbortController().signal } as const;

  it('connects to no address the policy refuses, by whatever name', async () => {
    const server = await backendServer();
    server.answer({ body: 'secret' });
    const http = axiosClient({
      scheduler: realScheduler(),
      policy: strict,
      resolve: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    const refused =
      'requests to metrics.example are refused: it is a loopback address; an operator can allow it with --analysis-allow-host';
    await expect(http.send({ ...request, url: `http://metrics.example:${server.port}/` })).rejects.toThrow(refused);
    await expect(http.send({ ...request, url: `${server.origin}/` })).rejects.toThrow('are refused: it is a loopback address');
    expect(server.received).toEqual([]);
    http.close();
    await server.close();
  });

  it('follows no redirect to a refused address', async () => {
    const server = await backendServer();
    server.answer({ status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data/' } });
    const http = axiosClient({ scheduler: realScheduler(), policy: addressPolicy({ allow: ['127.0.0.1'], apiServers: [] }) });
    await expect(http.send({ ...request, url: server.origin })).rejects.toThrow('are refused: it is a link-local or metadata address');
    http.close();
    await server.close();
  });
});
