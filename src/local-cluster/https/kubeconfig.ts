import { dump } from 'js-yaml';

export interface KubeconfigFacts {
  /** https://127.0.0.1:PORT */
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
  /** Never empty: kubectl would ask for a user name. */
  readonly token: string;
  /** Default `default`. */
  readonly namespace?: string;
}

/** A kubeconfig, as YAML. */
export function renderKubeconfig({ server, certificateAuthority, token, namespace = 'default' }: KubeconfigFacts): string {
  const name = 'sluice-local';
  return dump({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name, preferences: {} },
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(certificateAuthority, 'utf8').toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
  });
}
