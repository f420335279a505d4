import { describe, expect, it } from '@jest/globals';
import { isInstalled, isNodeRecentEnough } from './install.mjs';

const wanted = {
  packages: { '': { version: '1.0.0' }, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0', optional: true } },
};

describe('isInstalled', () => {
  it.each([
    {
      when: 'every package is there',
      packages: { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } },
      is: true,
    },
    { when: 'only another platform`s package is missing', packages: { 'node_modules/a': { version: '1.0.0' } }, is: true },
    { when: 'a package is missing', packages: { 'node_modules/b': { version: '2.0.0' } }, is: false },
    { when: 'a package has another version', packages: { 'node_modules/a': { version: '1.0.1' } }, is: false },
    { when: 'nothing is there', packages: {}, is: false },
  ])('is $is when $when', ({ packages, is }) => {
    expect(isInstalled(wanted, { packages })).toBe(is);
  });
});

describe('isNodeRecentEnough', () => {
  it.each([
    ['v20.19.0', true],
    ['v20.20.2', true],
    ['v22.1.0', true],
    ['v20.18.3', false],
    ['v18.20.8', false],
  ])('%s: %p', (version, is) => {
    expect(isNodeRecentEnough(version)).toBe(is);
  });
});
