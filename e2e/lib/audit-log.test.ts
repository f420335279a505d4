import { describe, expect, it } from '@jest/globals';
import { countWrites } from '../fixture/count-writes.js';
import { parseAuditLog, writesOf } from './audit-log.js';

const line = (verb: string, resource: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    verb,
    user: { username: 'u' },
    objectRef: { resource, namespace: 'ns', ...more },
    responseStatus: { code: 200 },
    requestURI: '/x',
    ...more,
  });

describe('the audit log', () => {
  it('tells who wrote what, and what was refused', () => {
    const text = [line('get', 'pods'), line('patch', 'rollouts', { subresource: 'status', responseStatus: { code: 409 } })].join('\n');
    expect(writesOf(parseAuditLog(text))).toMatchObject([
      { user: 'u', verb: 'patch', resource: 'rollouts', subresource: 'status', status: 409 },
    ]);
  });

  it.each([
    { body: { metadata: { resourceVersion: '5' }, spec: {} }, names: true },
    { body: { spec: {} }, names: false },
    { body: [{ op: 'test', path: '/metadata/resourceVersion', value: '5' }], names: true },
    { body: [{ op: 'test', path: '/metadata/generation', value: 2 }], names: true },
    { body: [{ op: 'replace', path: '/spec/paused', value: true }], names: false },
    { body: { kind: 'DeleteOptions', preconditions: { resourceVersion: '5' } }, names: true },
    { body: { kind: 'DeleteOptions', preconditions: { uid: 'u' } }, names: false },
  ])('knows whether $body holds for one version only', ({ body, names }) => {
    expect(parseAuditLog(line('patch', 'rollouts', { requestObject: body }))[0]?.namesVersion).toBe(names);
  });

  it('does not count a dry run, nor a line that is still being written', () => {
    const text = [line('create', 'replicasets', { requestURI: '/x?dryRun=All' }), '{"verb":"create","objectR'].join('\n');
    expect(writesOf(parseAuditLog(text))).toEqual([]);
  });

  it('adds up with Events apart and Leases left out', () => {
    const writes = writesOf(
      parseAuditLog([line('create', 'events'), line('update', 'leases'), line('patch', 'services'), line('patch', 'services')].join('\n')),
    );
    expect(countWrites(writes)).toEqual({ objects: 2, events: 1, byKind: { 'create events': 1, 'patch services': 2 } });
  });
});
