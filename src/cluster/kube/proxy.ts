import http from 'node:http';
import { isIP, BlockList } from 'node:net';
import { ControllerError } from '../../lib/errors.js';
import type { AgentOptions } from '../transport.js';
import type { Env } from './settings.js';

/**
 * The proxy for a server: the kubeconfig's or the flag's, else the environment's.
 *
 * @returns undefined: connect directly
 * Semantics: Go, net/http.ProxyFromEnvironment: HTTPS_PROXY or HTTP_PROXY by the server's scheme, in either case; NO_PROXY with names, suffixes,
 * addresses, CIDRs and `*`; never for the loopback.
 */
export function proxyFor(server: string, configured: string | undefined, env: Env): string | undefined {
  if (configured !== undefined && configured !== '') return configured;
  const url = new URL(server);
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = env[name] ?? env[name.toLowerCase()];
  if (proxy === undefined || proxy === '') return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const exempt = (env['NO_PROXY'] ?? env['no_proxy'] ?? '').split(',').map((each) => each.trim());
  if (isLoopback(host) || exempt.some((each) => isExempt(host, url.port, each))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function isExempt(host: string, port: string, rule: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  const [, network, bits] = /^(.*)\/(\d+)$/.exec(rule) ?? [];
  if (network !== undefined && bits !== undefined)
    return isIP(host) !== 0 && isIP(network) === isIP(host) && isInside(host, network, Number(bits));
  const [name = '', rulePort] = isIP(rule) === 6 ? [rule] : rule.split(':');
  if (rulePort !== undefined && rulePort !== port) return false;
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`);
}

function isInside(host: string, network: string, bits: number): boolean {
  const family = isIP(host) === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(host, family);
}

/**
 * An agent that goes through a proxy (http, https, socks5), as client-node makes it.
 * @throws ControllerError `invalid-spec` when the proxy's address is none
 */
export async function proxyAgent(server: string, proxyUrl: string, options: AgentOptions): Promise<http.Agent> {
  if (!URL.canParse(proxyUrl)) throw new ControllerError('invalid-spec', `"${proxyUrl}" is no address of a proxy`, { path: 'proxy-url' });
  const { KubeConfig } = await import('./client-node.js');
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'cluster', server, proxyUrl, skipTLSVerify: options.rejectUnauthorized === false },
    { name: 'user' },
  );
  const made: http.RequestOptions = { ...options };
  await config.applyToHTTPSOptions(made);
  if (!(made.agent instanceof http.Agent)) throw new ControllerError('internal', 'client-node made no agent for the proxy');
  return Object.assign(made.agent, { keepAlive: options.keepAlive ?? false, maxSockets: options.maxSockets ?? Infinity });
}
