import { optionalDurationFlag, switchFlag, textFlag, textsFlag, wordFlag, countFlag, type FlagValues } from './line/flag.js';

const withoutEffect = "taken for kubectl's sake, without effect here";

/** kubectl's own connection flags; every command takes them, anywhere on the line. cli-dashboard-gitops 1.1. */
export const connectionFlags = {
  namespace: textFlag('NAMESPACE', 'namespace to look in; default: that of the context', { short: 'n', completes: 'namespaces' }),
  context: textFlag('NAME', 'context of the kubeconfig', { completes: 'contexts' }),
  kubeconfig: textFlag('PATH', 'kubeconfig file; default: $KUBECONFIG, or ~/.kube/config', { completes: 'files' }),
  cluster: textFlag('NAME', 'cluster of the kubeconfig'),
  user: textFlag('NAME', 'user of the kubeconfig'),
  server: textFlag('URL', 'address of the API server', { short: 's' }),
  token: textFlag('TOKEN', 'bearer token'),
  as: textFlag('USER', 'act as this user'),
  asGroup: textsFlag('GROUP', 'act as a member of this group; may be given many times'),
  asUid: textFlag('UID', 'act as this uid'),
  certificateAuthority: textFlag('PATH', 'certificate that the server is checked against', { completes: 'files' }),
  clientCertificate: textFlag('PATH', 'certificate to log in with', { completes: 'files' }),
  clientKey: textFlag('PATH', 'key to log in with', { completes: 'files' }),
  insecureSkipTlsVerify: switchFlag('do not check the certificate of the server'),
  tlsServerName: textFlag('NAME', 'name that the certificate of the server must have'),
  requestTimeout: optionalDurationFlag('DURATION', 'give up on a single request after this long (2m, 45s); 0 never; default 30s'),
  loglevel: wordFlag(['panic', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'debug and trace tell where an error comes from'),
  cacheDir: textFlag('PATH', withoutEffect, { isHidden: true }),
  disableCompression: switchFlag(withoutEffect, { isHidden: true }),
  kloglevel: countFlag('LEVEL', withoutEffect, 0, { short: 'v', isHidden: true }),
} as const;

export type ConnectionFlags = FlagValues<typeof connectionFlags>;
