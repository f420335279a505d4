import { describe, expect, it } from '@jest/globals';
import { errorMessage } from '../../lib/errors.js';
import { parseYamlDocuments } from './yaml-documents.js';

const text = `# a comment
apiVersion: v1
spec:

  empty:
  flow: {c: [1,
     2], d: "x: y"}
  list:
  - setWeight: 5
    foo: bar
  -   pause: {}
  block: |
    foo: not a key
  ? complex
  : val
---
kind: Second
defaults: &d
  a: 1
merged:
  <<: *d
  b: 2
---
`;

describe('parseYamlDocuments', () => {
  const [first, second] = parseYamlDocuments(text, 'file.yaml');

  it('reads every document that is not empty', () => {
    expect(parseYamlDocuments(text, 'file.yaml')).toHaveLength(2);
    expect(second?.value).toMatchObject({ kind: 'Second', merged: { a: 1, b: 2 } });
  });

  it.each<[readonly (string | number)[], number]>([
    [[], 2],
    [['spec'], 3],
    [['spec', 'empty'], 5],
    [['spec', 'flow', 'c', 1], 7],
    [['spec', 'list', 0], 9],
    [['spec', 'list', 0, 'foo'], 10],
    [['spec', 'list', 1, 'pause'], 11],
    [['spec', 'list', 0, 'nosuch', 'deep'], 9],
    [['spec', 'block'], 12],
    [['spec', 'complex'], 14],
    [['spec', 'nosuch'], 3],
  ])('finds %j in line %d', (path, line) => {
    expect(first?.lineOf(path)).toBe(line);
  });

  it('counts lines over documents', () => {
    expect(second?.lineOf(['merged', 'b'])).toBe(22);
  });

  it('reads JSON', () => {
    const [document] = parseYamlDocuments('{"a": {\n"b": [1,\n2]}}', 'x.json');
    expect(document?.value).toEqual({ a: { b: [1, 2] } });
    expect(document?.lineOf(['a', 'b', 1])).toBe(3);
  });

  it('names what kubectl reads differently, and only that', () => {
    const [document] = parseYamlDocuments('a: yes\nb: "yes"\nc: [off, 017, 1_000]\nd: 17 # no\ne: y # really\nno: n1\nf: 0\n', 'x');
    expect(document?.ambiguous).toEqual([
      { line: 1, text: 'yes', kubectl: 'true' },
      { line: 3, text: '1_000', kubectl: '1000' },
      { line: 3, text: '017', kubectl: '15' },
      { line: 3, text: 'off', kubectl: 'false' },
      { line: 5, text: 'y', kubectl: 'true' },
    ]);
  });

  it.each([
    ['a: [1', 'x.yaml:2: unexpected end of the stream within a flow collection'],
    ['a: 1\n b: 2', 'x.yaml:2: bad indentation of a mapping entry'],
    ['a: 1\na: 2', 'x.yaml:2: duplicated mapping key'],
    ['a: b: c', 'x.yaml:1: bad indentation of a mapping entry'],
    ['a: !!js/function x', 'x.yaml:1: unknown tag !<tag:yaml.org,2002:js/function>'],
  ])('says where %j is broken', (broken, message) => {
    let said = '';
    try {
      parseYamlDocuments(broken, 'x.yaml');
    } catch (error) {
      said = errorMessage(error);
    }
    expect(said).toBe(message);
  });

  it('refuses aliases that expand without end', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(',')}]`);
    expect(() => parseYamlDocuments(['l0: &l0 x', ...levels].join('\n'), 'bomb.yaml')).toThrow('too large once its aliases are expanded');
  });
});
