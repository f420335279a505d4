import { describe, expect, it } from '@jest/globals';
import { renderKubeconfig, renderTokens } from './credentials.js';

describe('renderTokens', () => {
  it('writes one line per user, groups quoted together', () => {
    const users = [
      { name: 'admin', groups: ['system:masters'] },
      { name: 'dev', groups: ['team-a', 'team-b'] },
    ];
    expect(renderTokens(users, { admin: 't1', dev: 't2' })).toBe('t1,admin,admin,"system:masters"\nt2,dev,dev,"team-a,team-b"\n');
  });
});

describe('renderKubeconfig', () => {
  it('carries the authority inline, so that the file can be moved', () => {
    const config: unknown = JSON.parse(renderKubeconfig({ server: 'https://127.0.0.1:1', ca: 'PEM', token: 't', namespace: 'ns' }));
    expect(config).toMatchObject({
      clusters: [{ cluster: { server: 'https://127.0.0.1:1', 'certificate-authority-data': 'UEVN' } }],
      contexts: [{ context: { namespace: 'ns' } }],
    });
  });
});
