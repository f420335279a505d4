import { BlockList, isIP } from 'node:net';

/** Where requests for metrics may go. */
export interface AddressPolicySettings {
  /**
   * Hosts that may be asked although they are refused by default: `*` for all, an address, a network (`127.0.0.0/8`), a host name, or
   * `*.suffix`; each with `:port` if only that port is meant.
   */
  readonly allow: readonly string[];
  /** Present: nothing but these (same forms) may be asked. */
  readonly only?: readonly string[];
  /** The API servers' addresses or names, with port: refused, so that nobody reads the cluster with the controller's network position. */
  readonly apiServers: readonly string[];
}

export interface AddressPolicy {
  /** Why a URL's host may not be asked, before it is resolved; undefined when it may. */
  refuseHost(host: string, port: number): string | undefined;
  /** The same for an address a name resolved to: asked at each connect, so that a name cannot change its mind after the check. */
  refuseAddress(host: string, address: string, port: number): string | undefined;
}

interface Pattern {
  readonly port?: number;
  readonly matchesName: (host: string) => boolean;
  readonly matchesAddress: (address: string) => boolean;
}

const refusedByDefault: readonly (readonly [reason: string, networks: readonly string[]])[] = [
  ['a loopback address', ['127.0.0.0/8', '::1/128']],
  ['an unspecified address', ['0.0.0.0/8', '::/128']],
  // 168.63.129.16, 100.100.100.200 and fd00:ec2::254: metadata services of Azure, Alibaba and AWS outside the link-local range.
  ['a link-local or metadata address', ['169.254.0.0/16', 'fe80::/10', '168.63.129.16/32', '100.100.100.200/32', 'fd00:ec2::254/128']],
  ['a multicast or broadcast address', ['224.0.0.0/4', '255.255.255.255/32', 'ff00::/8']],
];

/**
 * Refuses loopback, link-local (cloud metadata) and API server addresses unless allowed (argo-rollouts#4707: a template is tenant input,
 * and the controller sits where tenants cannot reach).
 */
export function addressPolicy(settings: AddressPolicySettings): AddressPolicy {
  const allow = settings.allow.map(parsePattern);
  const only = settings.only?.map(parsePattern);
  const apiServers = settings.apiServers.map(parsePattern);
  const ranges = refusedByDefault.map(([reason, networks]) => ({ reason, list: blockList(networks) }));

  const refuse = (host: string, address: string | undefined, port: number): string | undefined => {
    const matches = (pattern: Pattern): boolean =>
      (pattern.port === undefined || pattern.port === port) &&
      (pattern.matchesName(host) || (address !== undefined && pattern.matchesAddress(address)));
    if (allow.some(matches)) return undefined;
    // Of a name only the address tells whether a network of `only` has it.
    if (only !== undefined && !only.some(matches) && address !== undefined) return 'not among the hosts metrics may come from';
    if (apiServers.some(matches)) return 'the API server';
    return address === undefined ? undefined : ranges.find(({ list }) => contains(list, address))?.reason;
  };
  return {
    refuseHost: (host, port) => {
      const bare = bareHost(host);
      return refuse(bare, isIP(bare) === 0 ? undefined : plainAddress(bare), port);
    },
    refuseAddress: (host, address, port) => refuse(bareHost(host), plainAddress(address), port),
  };
}

function bareHost(host: string): string {
  return host
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** IPv4 inside IPv6 (mapped, or translated by NAT64) as IPv4, so that `::ffff:127.0.0.1` is loopback. */
function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '').toLowerCase();
  const dotted = /^(?:::ffff:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  if (dotted?.[1] !== undefined) return dotted[1];
  const hex = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare);
  if (hex === null) return bare;
  const bits = Number.parseInt(hex[1] ?? '0', 16) * 0x10000 + Number.parseInt(hex[2] ?? '0', 16);
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.');
}

function parsePattern(text: string): Pattern {
  const { host, port } = splitPort(text.trim().toLowerCase());
  const withPort = port === undefined ? {} : { port };
  if (host === '*') return { ...withPort, matchesName: () => true, matchesAddress: () => true };
  if (host.includes('/') || isIP(host) !== 0) {
    const list = blockList([host]);
    return { ...withPort, matchesName: (name) => name === host, matchesAddress: (address) => contains(list, address) };
  }
  const suffix = host.startsWith('*.') ? host.slice(1) : undefined;
  return {
    ...withPort,
    matchesName: (name) => (suffix === undefined ? name === host : name.endsWith(suffix)),
    matchesAddress: () => false,
  };
}

function splitPort(text: string): { readonly host: string; readonly port?: number } {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(text);
  const plain = bracketed ?? /^([^:]+):(\d+)$/.exec(text);
  if (plain?.[1] === undefined) return { host: text };
  return { host: plain[1], ...(plain[2] === undefined ? {} : { port: Number(plain[2]) }) };
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}

function contains(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
