import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasCode } from './errors.js';
import { isEqual } from './equal.js';
import { applyJsonPatch, applyMergePatch, applyStrategicMerge, createMergePatch, mergeSchemaOf } from './patches.js';

function codeOf(task: () => unknown): boolean {
  try {
    task();
    return false;
  } catch (error) {
    return hasCode(error, 'invalid');
  }
}

describe('applyMergePatch', () => {
  // The examples of RFC 7386, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, patch, result) => {
    expect(applyMergePatch(target, patch)).toEqual(result);
  });

  it('treats __proto__ as data', () => {
    const result = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.keys(result as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('createMergePatch', () => {
  it.each([
    { before: { a: 1 }, after: { a: 1 }, patch: undefined },
    { before: { a: 1, b: 2 }, after: { a: 1 }, patch: { b: null } },
    { before: { a: { b: 1, c: 2 } }, after: { a: { b: 1, c: 3 } }, patch: { a: { c: 3 } } },
    { before: { a: [1] }, after: { a: [1, 2] }, patch: { a: [1, 2] } },
    { before: { a: 1 }, after: { a: undefined }, patch: { a: null } },
    { before: undefined, after: { a: { b: 1 } }, patch: { a: { b: 1 } } },
    { before: { a: { b: 1 } }, after: { a: 'x' }, patch: { a: 'x' } },
    { before: { a: {} }, after: { a: {} }, patch: undefined },
  ])('from $before to $after is $patch', ({ before, after, patch }) => {
    expect(createMergePatch(before, after)).toEqual(patch);
  });

  const withoutNulls = fc.object({ values: [fc.integer(), fc.string(), fc.boolean()], maxDepth: 3, withNullPrototype: false });

  it('turns one object into the other', () => {
    fc.assert(
      fc.property(withoutNulls, withoutNulls, (before, after) => {
        const patch = createMergePatch(before, after);
        expect(isEqual(patch === undefined ? before : applyMergePatch(before, patch), after)).toBe(true);
      }),
    );
  });
});

describe('applyJsonPatch', () => {
  it('applies operations in order to a copy', () => {
    const document = { a: [1, 2], b: { c: 1 } };
    const patch = [
      { op: 'add', path: '/a/-', value: 3 },
      { op: 'replace', path: '/b/c', value: 2 },
      { op: 'test', path: '/b/c', value: 2 },
      { op: 'copy', from: '/b/c', path: '/d' },
      { op: 'move', from: '/a/0', path: '/e' },
      { op: 'remove', path: '/b' },
    ];
    expect(applyJsonPatch(document, patch)).toEqual({ a: [2, 3], d: 2, e: 1 });
    expect(document).toEqual({ a: [1, 2], b: { c: 1 } });
  });

  it.each([
    { name: 'a failing test', patch: [{ op: 'test', path: '/a', value: 2 }] },
    { name: 'a missing path', patch: [{ op: 'remove', path: '/x' }] },
    { name: 'replacing what is not there', patch: [{ op: 'replace', path: '/x', value: 1 }] },
    { name: 'an unknown operation', patch: [{ op: 'merge', path: '/a', value: 1 }] },
    { name: 'no operation at all', patch: [null] },
    { name: 'a path that is none', patch: [{ op: 'add', path: 'a', value: 1 }] },
    { name: 'a move without from', patch: [{ op: 'move', path: '/a' }] },
    { name: 'reaching for the prototype', patch: [{ op: 'add', path: '/__proto__/polluted', value: true }] },
    { name: 'reaching for the constructor', patch: [{ op: 'add', path: '/constructor/prototype/polluted', value: true }] },
    { name: 'an index beyond the list', patch: [{ op: 'add', path: '/l/5', value: 1 }] },
    { name: 'an add without value', patch: [{ op: 'add', path: '/z' }] },
  ])('refuses $name', ({ patch }) => {
    expect(codeOf(() => applyJsonPatch({ a: 1, l: [] }, patch))).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

// Every row was run through `kubectl patch --local --type=strategic` 1.32 and gave this result.
describe('applyStrategicMerge', () => {
  const pod = mergeSchemaOf('', 'Pod');
  const containers = [
    { name: 'A', image: 'a' },
    {
      name: 'B',
      image: 'b',
      env: [
        { name: 'X', value: '1' },
        { name: 'Y', value: '2' },
      ],
    },
  ];
  const numbered = ['1', '2', '3', '4'].map((name) => ({ name, image: 'i' }));
  const before = {
    metadata: { name: 'p', finalizers: ['a/x', 'b/x'], labels: { o: '1' } },
    spec: { containers, initContainers: numbered, volumes: [{ name: 'v', emptyDir: {} }], tolerations: [{ key: 'a' }] },
  };
  const [a, b] = containers;

  it.each([
    {
      when: 'entries merge by name and new ones come last',
      patch: {
        containers: [
          { name: 'B', image: 'b2' },
          { name: 'C', image: 'c' },
        ],
      },
      result: { containers: [a, { ...b, image: 'b2' }, { name: 'C', image: 'c' }] },
    },
    { when: 'an entry is deleted', patch: { containers: [{ name: 'B', $patch: 'delete' }] }, result: { containers: [a] } },
    {
      when: 'a list is replaced',
      patch: { containers: [{ $patch: 'replace' }, { name: 'Z', image: 'z' }] },
      result: { containers: [{ name: 'Z', image: 'z' }] },
    },
    {
      when: 'the order is given and something is added',
      patch: { '$setElementOrder/containers': [{ name: 'C' }, { name: 'B' }, { name: 'A' }], containers: [{ name: 'C', image: 'c' }] },
      result: { containers: [{ name: 'C', image: 'c' }, b, a] },
    },
    {
      when: 'only the order is given',
      patch: { '$setElementOrder/containers': [{ name: 'B' }, { name: 'A' }] },
      result: { containers: [b, a] },
    },
    {
      when: 'the order does not know every entry',
      patch: { '$setElementOrder/initContainers': [{ name: '4' }, { name: '2' }] },
      result: { initContainers: [numbered[0], numbered[2], numbered[3], numbered[1]] },
    },
    {
      when: 'the order does not know every entry and adds one',
      patch: {
        '$setElementOrder/initContainers': [{ name: '3' }, { name: '9' }, { name: '1' }],
        initContainers: [{ name: '9', image: 'n' }],
      },
      result: { initContainers: [numbered[1], numbered[2], { name: '9', image: 'n' }, numbered[0], numbered[3]] },
    },
    {
      when: 'a patch without an order brings its own',
      patch: {
        initContainers: [
          { name: '8', image: 'n' },
          { name: '2', image: 'x' },
          { name: '9', image: 'n' },
        ],
      },
      result: {
        initContainers: [
          { name: '8', image: 'n' },
          numbered[0],
          { name: '2', image: 'x' },
          { name: '9', image: 'n' },
          numbered[2],
          numbered[3],
        ],
      },
    },
    {
      when: 'a union changes its variant',
      patch: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] },
      result: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] },
    },
    { when: 'a list without merge key is replaced', patch: { tolerations: [{ key: 'b' }] }, result: { tolerations: [{ key: 'b' }] } },
    {
      when: 'a key inside an entry is deleted',
      patch: { containers: [{ name: 'B', env: [{ name: 'X', value: null, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }] },
      result: {
        containers: [
          a,
          {
            ...b,
            env: [
              { name: 'X', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              { name: 'Y', value: '2' },
            ],
          },
        ],
      },
    },
    {
      when: 'an entry of an inner list is deleted',
      patch: { containers: [{ name: 'B', env: [{ name: 'X', $patch: 'delete' }], '$setElementOrder/env': [{ name: 'Y' }] }] },
      result: { containers: [a, { ...b, env: [{ name: 'Y', value: '2' }] }] },
    },
    {
      when: 'entries of a new list share their key',
      patch: { containers: [{ name: 'A', ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] }] },
      result: { containers: [{ ...a, ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] }, b] },
    },
    {
      when: 'an entry is deleted and comes back',
      patch: {
        containers: [
          { name: 'A', $patch: 'delete' },
          { name: 'A', image: 'again' },
          { name: 'B', $patch: 'delete' },
        ],
      },
      result: { containers: [{ name: 'A', image: 'again' }] },
    },
    {
      when: 'a null stands in a new object',
      patch: { securityContext: { runAsUser: 5, fsGroup: null } },
      result: { securityContext: { runAsUser: 5 } },
    },
  ])('$when', ({ patch, result }) => {
    expect(applyStrategicMerge(before, { spec: patch }, pod)).toEqual({ ...before, spec: { ...before.spec, ...result } });
  });

  it.each([
    {
      when: 'a key goes',
      patch: { spec: { containers: null } },
      spec: { initContainers: numbered, volumes: before.spec.volumes, tolerations: [{ key: 'a' }] },
    },
    {
      when: 'a map is replaced',
      patch: { spec: { $patch: 'replace', containers: [{ name: 'only' }] } },
      spec: { containers: [{ name: 'only' }] },
    },
  ])('$when', ({ patch, spec }) => {
    expect(applyStrategicMerge(before, patch, pod)).toEqual({ ...before, spec });
  });

  it.each([
    { when: 'primitives are added first', patch: { finalizers: ['c/x', 'a/x'] }, finalizers: ['c/x', 'a/x', 'b/x'] },
    { when: 'primitives are deleted', patch: { '$deleteFromPrimitiveList/finalizers': ['a/x'] }, finalizers: ['b/x'] },
    {
      when: 'primitives are deleted, added and ordered',
      patch: { '$setElementOrder/finalizers': ['c/x', 'b/x'], finalizers: ['c/x'], '$deleteFromPrimitiveList/finalizers': ['a/x'] },
      finalizers: ['c/x', 'b/x'],
    },
  ])('$when', ({ patch, finalizers }) => {
    expect(applyStrategicMerge(before, { metadata: patch }, pod)).toEqual({ ...before, metadata: { ...before.metadata, finalizers } });
  });

  it.each([
    { when: 'labels are replaced', labels: { $patch: 'replace', z: '1' }, result: { z: '1' } },
    { when: 'labels are deleted', labels: { $patch: 'delete' }, result: {} },
  ])('$when', ({ labels, result }) => {
    expect(applyStrategicMerge(before, { metadata: { labels } }, pod)).toEqual({
      ...before,
      metadata: { ...before.metadata, labels: result },
    });
  });

  it('tells the ports of a Service apart by port, and keeps the strategy of a Deployment a union', () => {
    const service = {
      spec: {
        ports: [
          { port: 80, name: 'a' },
          { port: 443, name: 'b' },
        ],
      },
    };
    const patched = applyStrategicMerge(
      service,
      { spec: { ports: [{ port: 443, targetPort: 'x' }, { port: 1 }] } },
      mergeSchemaOf('', 'Service'),
    );
    expect(patched).toEqual({ spec: { ports: [{ port: 80, name: 'a' }, { port: 443, name: 'b', targetPort: 'x' }, { port: 1 }] } });
    const deployment = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const recreate = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(applyStrategicMerge(deployment, recreate, mergeSchemaOf('apps', 'Deployment'))).toEqual({
      spec: { strategy: { type: 'Recreate' } },
    });
  });

  it.each([
    { name: 'an entry without its key', patch: { spec: { containers: [{ image: 'nokey' }] } } },
    { name: 'an unknown directive', patch: { spec: { $patch: 'bogus' } } },
    { name: 'a list where an object is due', patch: [] },
    { name: 'an entry that is no object', patch: { spec: { containers: ['x'] } } },
  ])('refuses $name', ({ patch }) => {
    expect(codeOf(() => applyStrategicMerge(before, patch, pod))).toBe(true);
  });

  it('leaves the original alone', () => {
    const copy = structuredClone(before);
    applyStrategicMerge(before, { spec: { containers: [{ name: 'B', $patch: 'delete' }], volumes: null } }, pod);
    expect(before).toEqual(copy);
  });
});
