import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

describe('readConfig', () => {
  it('runs each story once unless FLAKES says otherwise', () => {
    expect(readConfig({}).repeats).toBe(1);
    expect(readConfig({ FLAKES: '20' }).repeats).toBe(20);
  });

  it.each(['0', '-1', 'many', '1.5'])('refuses FLAKES=%s', (value) => {
    expect(() => readConfig({ FLAKES: value })).toThrow('FLAKES must be a whole number');
  });

  it('takes an empty variable for an absent one', () => {
    expect(readConfig({ KUBEBUILDER_ASSETS: ' ', E2E_KUBECONFIG: '' })).toMatchObject({ assetsDir: undefined, kubeconfig: undefined });
  });

  it('looks for the recordings beside the repository', () => {
    const config = readConfig({});
    expect(config.recordingsDir.endsWith('/shared/recordings')).toBe(true);
    expect(config.recordingsDir.startsWith(config.repoRoot)).toBe(false);
  });
});
