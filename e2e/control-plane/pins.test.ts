import { describe, expect, it } from '@jest/globals';
import { etcdModule, kubernetesModule, parsePinnedVersion, pinnedVersion } from './pins.js';

describe('parsePinnedVersion', () => {
  it.each([
    { when: 'it stands alone', goMod: 'module x\n\nrequire k8s.io/kubernetes v1.35.4\n' },
    { when: 'it stands in a block', goMod: 'require (\n\ta.b/c v1.0.0\n\tk8s.io/kubernetes v1.35.4 // indirect\n)\n' },
  ])('finds the version when $when', ({ goMod }) => {
    expect(parsePinnedVersion(goMod, 'k8s.io/kubernetes')).toBe('v1.35.4');
  });

  it('does not take a replaced or a longer module path for it', () => {
    const goMod = 'replace (\n\tk8s.io/api => k8s.io/api v0.35.4\n)\nrequire k8s.io/api/more v9.9.9\n';
    expect(() => parsePinnedVersion(goMod, 'k8s.io/api')).toThrow('does not require k8s.io/api');
  });
});

describe('the pinned modules', () => {
  it('make the Kubernetes commands say their version', () => {
    const values = kubernetesModule.linkValues('v1.35.4');
    expect(values['k8s.io/component-base/version.gitVersion']).toBe('v1.35.4');
    expect(values['k8s.io/component-base/version.gitMinor']).toBe('35');
  });

  it('name a version each', () => {
    expect([kubernetesModule, etcdModule].map(pinnedVersion)).toEqual([expect.stringMatching(/^v1\./), expect.stringMatching(/^v3\./)]);
  });
});
