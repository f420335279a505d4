import { describe, expect, it } from '@jest/globals';
import { pairVectors, templateVectors } from './go-templates.generated.js';
import { podTemplateHash, templatesEqual } from './index.js';

const numbered = templateVectors.map((vector, index) => ({ ...vector, index }));
const pairs = pairVectors.map((pair, index) => ({ ...pair, index }));

describe('a template that Go has read', () => {
  it.each(numbered)('hashes to what Go makes of template $index: $hash', ({ template, collisionCount, hash }) => {
    expect(podTemplateHash(JSON.parse(template), collisionCount)).toBe(hash);
  });

  it.each(numbered)('equals what an API server makes of template $index', ({ template, defaulted }) => {
    expect(templatesEqual(JSON.parse(template), JSON.parse(defaulted))).toBe(true);
    expect(templatesEqual(JSON.parse(defaulted), JSON.parse(template))).toBe(true);
  });

  it.each(pairs)('is taken for equal to another exactly when Go does, pair $index: $equal', ({ left, right, equal }) => {
    expect(templatesEqual(JSON.parse(left), JSON.parse(right))).toBe(equal);
  });

  it('meets equal and different pairs', () => {
    expect(new Set(pairVectors.map(({ equal }) => equal)).size).toBe(2);
  });
});
