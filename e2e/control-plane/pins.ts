import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '../lib/repo-root.js';

const here = join(repoRoot, 'e2e', 'control-plane');

/** One Go module of ours that exists only to pin commands: its go.mod says which version, its go.sum that nobody changed it. */
export interface GoToolModule {
  /** Short name, for people and for the cache folder. */
  readonly name: string;
  /** Folder of go.mod and go.sum. */
  readonly directory: string;
  /** Module whose version in go.mod is the version of the commands. */
  readonly pinnedModule: string;
  /** Command name to Go package path. */
  readonly commands: Readonly<Record<string, string>>;
  /** Values for `-ldflags -X`, made from the pinned version. Without them the Kubernetes commands call themselves v0.0.0. */
  readonly linkValues: (version: string) => Readonly<Record<string, string>>;
}

export const kubernetesModule: GoToolModule = {
  name: 'kubernetes',
  directory: join(here, 'kubernetes'),
  pinnedModule: 'k8s.io/kubernetes',
  commands: {
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  },
  linkValues: kubernetesLinkValues,
};

export const etcdModule: GoToolModule = {
  name: 'etcd',
  directory: join(here, 'etcd'),
  pinnedModule: 'go.etcd.io/etcd/server/v3',
  commands: { etcd: 'go.etcd.io/etcd/server/v3' },
  linkValues: () => ({}),
};

export const envoyGatewayModule: GoToolModule = {
  name: 'envoy-gateway',
  directory: join(here, 'envoy-gateway'),
  pinnedModule: 'github.com/envoyproxy/gateway',
  commands: { 'envoy-gateway': 'github.com/envoyproxy/gateway/cmd/envoy-gateway' },
  linkValues: () => ({}),
};

/** The version that the module's go.mod requires, as Go writes it: `v1.35.4`. */
export function pinnedVersion(module: GoToolModule): string {
  return parsePinnedVersion(readFileSync(join(module.directory, 'go.mod'), 'utf8'), module.pinnedModule);
}

/**
 * Finds the required version of a module in the text of a go.mod.
 *
 * @throws Error when go.mod does not require the module
 */
export function parsePinnedVersion(goMod: string, moduleName: string): string {
  for (const line of goMod.split('\n')) {
    const words = line
      .trim()
      .replace(/^require\s+/, '')
      .split(/\s+/);
    if (words[0] === moduleName && words[1] !== undefined && /^v\d/.test(words[1])) return words[1];
  }
  throw new Error(`go.mod does not require ${moduleName}`);
}

function kubernetesLinkValues(version: string): Readonly<Record<string, string>> {
  const [major = '', minor = ''] = version.slice(1).split('.');
  const pkg = 'k8s.io/component-base/version';
  return { [`${pkg}.gitVersion`]: version, [`${pkg}.gitMajor`]: major, [`${pkg}.gitMinor`]: minor };
}
