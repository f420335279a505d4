import { generate } from 'selfsigned';
import type { EpochMs } from '../../lib/scheduler.js';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const yearMs = 365 * 86_400_000;

/**
 * A self-signed certificate for loopback that clients can also use as their certificate authority.
 * @param hosts names and IPv4 addresses besides localhost and 127.0.0.1
 */
export async function createCertificate(now: EpochMs, hosts: readonly string[] = []): Promise<Certificate> {
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', ...hosts.filter((host) => !isAddress(host))];
  const addresses = ['127.0.0.1', ...hosts.filter(isAddress)];
  const made = await generate([{ name: 'commonName', value: 'sluice-local-cluster' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // A day of grace for clocks that are behind.
    notBeforeDate: new Date(now - 86_400_000),
    notAfterDate: new Date(now + yearMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [...names.map((value) => ({ type: 2 as const, value })), ...addresses.map((ip) => ({ type: 7 as const, ip }))],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}

function isAddress(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
