import { Option } from 'commander';
import type { Scheduler } from '../lib/scheduler.js';
import type { CliIo, Session } from './session.js';

/** kubectl's own connection flags, by their names in camel case. */
export interface ConnectionFlags {
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly server?: string;
  readonly token?: string;
  readonly as?: string;
  readonly asGroup?: readonly string[];
  readonly asUid?: string;
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  readonly requestTimeout?: string;
}

const common: readonly (readonly [string, string])[] = [
  ['-n, --namespace <namespace>', 'namespace to look in; default: that of the context'],
  ['--kubeconfig <path>', 'kubeconfig file; default: KUBECONFIG or ~/.kube/config'],
  ['--context <name>', 'context of the kubeconfig'],
];

const rest: readonly (readonly [string, string])[] = [
  ['--cluster <name>', 'cluster of the kubeconfig'],
  ['--user <name>', 'user of the kubeconfig'],
  ['-s, --server <url>', 'address of the API server'],
  ['--token <token>', 'bearer token'],
  ['--as <user>', 'act as this user'],
  ['--as-group <group...>', 'act as a member of these groups'],
  ['--as-uid <uid>', 'act as this uid'],
  ['--certificate-authority <path>', 'certificate that the server is checked against'],
  ['--client-certificate <path>', 'certificate to log in with'],
  ['--client-key <path>', 'key to log in with'],
  ['--insecure-skip-tls-verify', 'do not check the server certificate'],
  ['--tls-server-name <name>', 'name the server certificate must have'],
  ['--request-timeout <duration>', 'give up on one request after this long; 0 never'],
];

export function connectionFlags(): readonly Option[] {
  return [...common.map(([flags, text]) => new Option(flags, text)), ...rest.map(([flags, text]) => new Option(flags, text).hideHelp())];
}

/** client-node comes in only here, so that `version` and `--help` start at once. */
export async function connectSession(flags: ConnectionFlags, io: CliIo, scheduler: Scheduler): Promise<Session> {
  const { connect } = await import('../cluster/kube/index.js');
  const { cluster, namespace } = await connect({ ...flags, scheduler, env: io.env });
  return { cluster, namespace: flags.namespace ?? namespace, scheduler, io };
}
