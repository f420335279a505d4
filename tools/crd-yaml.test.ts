import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CORE_SCHEMA, load } from 'js-yaml';
import { renderYaml } from './crd-yaml.js';

describe('renderYaml', () => {
  it('puts on one line what fits there or holds nothing nested', () => {
    const long = 'x'.repeat(130);
    const value = {
      names: { a: [1, 'on'] },
      properties: { a: { description: long, type: 'string' } },
      list: [{ a: { b: { c: long } } }, 'y'],
    };
    expect(renderYaml(value)).toBe(
      [
        'names: {a: [1, "on"]}',
        'properties:',
        `  a: {description: ${long}, type: string}`,
        'list:',
        '- a:',
        `    b: {c: ${long}}`,
        '- "y"',
        '',
      ].join('\n'),
    );
  });

  it('is read back as it was, whatever it is', () => {
    const objects = fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
      fc.jsonValue({ maxDepth: 4 }),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(objects, (value) => {
        const json: unknown = JSON.parse(JSON.stringify(value));
        expect(load(renderYaml(json), { schema: CORE_SCHEMA })).toEqual(json);
      }),
    );
  });
});
