import { join } from 'node:path';
import type { Credentials } from './credentials.js';

/** Ports of one plane, all on 127.0.0.1. */
export interface PlanePorts {
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllerManager: number;
}

/** Flags of etcd. Without fsync: what a power cut would lose, a test run does not need. */
export function etcdArguments(directory: string, ports: PlanePorts): readonly string[] {
  const client = `http://127.0.0.1:${ports.etcdClient}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export interface ApiServerFiles {
  readonly directory: string;
  readonly credentials: Credentials;
  readonly auditPolicyFile: string;
  readonly auditLogPath: string;
}

export function apiServerArguments(files: ApiServerFiles, ports: PlanePorts): readonly string[] {
  const { directory, credentials } = files;
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcdClient}`,
    `--secure-port=${ports.apiServer}`,
    '--bind-address=127.0.0.1',
    `--cert-dir=${join(directory, 'api-server-certificates')}`,
    // Endpoints refuse loopback addresses, so the Service `kubernetes` cannot name this server.
    '--endpoint-reconciler-type=none',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${credentials.serviceAccountPublicKeyFile}`,
    `--service-account-signing-key-file=${credentials.serviceAccountKeyFile}`,
    `--token-auth-file=${credentials.tokensFile}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/16',
    '--allow-privileged=true',
    '--profiling=false',
    `--audit-policy-file=${files.auditPolicyFile}`,
    `--audit-log-path=${files.auditLogPath}`,
    '--audit-log-mode=blocking',
  ];
}

export function controllerManagerArguments(
  directory: string,
  kubeconfig: string,
  credentials: Credentials,
  ports: PlanePorts,
): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    `--service-account-private-key-file=${credentials.serviceAccountKeyFile}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.controllerManager}`,
    `--cert-dir=${join(directory, 'controller-manager-certificates')}`,
    // The default of 20 requests a second would make the stories wait for it, not for us.
    '--kube-api-qps=1000',
    '--kube-api-burst=2000',
    '--concurrent-replicaset-syncs=50',
    '--controllers=*,-node-ipam-controller,-node-route-controller,-cloud-node-lifecycle-controller,-service-lb-controller',
  ];
}

/**
 * What the audit log is to hold: every finished request of a service account outside of kube-system and of the named users, nothing else.
 * So the requests of a controller under test can be counted exactly. Changes of Rollouts and what belongs to them are kept with their bodies.
 */
export function auditPolicy(users: readonly string[]): string {
  return JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    rules: [
      { level: 'None', userGroups: ['system:serviceaccounts:kube-system'] },
      {
        level: 'Request',
        userGroups: ['system:serviceaccounts'],
        verbs: ['patch', 'update', 'delete'],
        resources: [{ group: 'argoproj.io' }, { group: 'apps', resources: ['replicasets'] }],
      },
      { level: 'Metadata', userGroups: ['system:serviceaccounts'] },
      ...(users.length > 0 ? [{ level: 'Metadata', users }] : []),
      { level: 'None' },
    ],
  });
}
