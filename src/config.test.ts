import { describe, expect, it } from '@jest/globals';
import { readConfig, type Config } from './config.js';

function configOf(args: readonly string[], environment: Record<string, string> = {}): Config {
  const invocation = readConfig(args, environment);
  if (invocation.kind !== 'run') throw new Error(`this is ${invocation.kind}`);
  return invocation.config;
}

describe('the configuration', () => {
  it("has upstream's defaults", () => {
    expect(configOf([])).toMatchObject({
      ...{ namespaced: false, instanceId: '', controllers: 'all', resyncMs: 900_000 },
      workers: { rollouts: 10, experiments: 10, analysisRuns: 30 },
      ...{ log: { level: 'info', format: 'text' }, metricsPort: 8090, healthzPort: 8080, rateLimit: { qps: 40, burst: 80 } },
      leaderElection: { enabled: true, leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000, besides: [] },
      routers: { 'nginx-ingress-classes': 'nginx', 'alb-ingress-classes': 'alb', 'traefik-api-group': 'traefik.io' },
      ...{ connection: {}, requestTimeoutMs: undefined, prometheusAddress: '', datadog: undefined, notices: [] },
    });
  });

  it('takes flags in every way they are written', () => {
    const config = configOf([
      ...[
        '--namespaced',
        '-n',
        'team-a',
        '--instance-id=blue',
        '--leader-elect=false',
        '--qps',
        '12.5',
        '--loglevel=warning',
        '--logformat',
        'json',
      ],
      ...['--nginx-ingress-classes', 'a', '--nginx-ingress-classes=b', '--controllers', 'analysis', '--metricsport', '9000'],
      ...[
        '--leader-election-lease-duration',
        '1m',
        '--leader-election-renew-deadline=40s',
        '--lead-beside',
        'argo/argo-rollouts-controller-lock',
      ],
      ...['--as-group', 'x', '--as-group', 'y', '--insecure-skip-tls-verify', '-s', 'https://api', '--request-timeout=5', '--client-key=k'],
      ...['--analysis-allow-host', '127.0.0.0/8', '--analysis-allow-host=prometheus:9090'],
    ]);
    expect(config).toMatchObject({
      ...{ namespaced: true, instanceId: 'blue', controllers: 'analysis', rateLimit: { qps: 12.5, burst: 80 }, metricsPort: 9000 },
      log: { level: 'warn', format: 'json' },
      leaderElection: { enabled: false, leaseDurationMs: 60_000, renewDeadlineMs: 40_000, besides: ['argo/argo-rollouts-controller-lock'] },
      requestTimeoutMs: 5_000,
      analysisHosts: { allow: ['127.0.0.0/8', 'prometheus:9090'], only: undefined },
      routers: { 'nginx-ingress-classes': 'a,b' },
    });
    expect(config.connection).toEqual({
      ...{ namespace: 'team-a', server: 'https://api', clientKey: 'k', asGroups: ['x', 'y'], insecureSkipTlsVerify: true },
    });
  });

  it('takes the environment, an empty variable being none', () => {
    const config = configOf([], {
      ...{
        POD_NAMESPACE: 'argo-rollouts',
        ARGO_ROLLOUTS_PROMETHEUS_ADDRESS: 'http://prometheus:9090',
        DD_API_KEY: 'k',
        DD_ADDRESS: 'https://dd',
      },
      ...{ ARGO_ROLLOUTS_ANALYSIS_JOB_NAMESPACE: 'jobs', ARGO_ROLLOUTS_ANALYSIS_JOB_KUBECONFIG: '' },
    });
    expect(config).toMatchObject({
      ...{
        podNamespace: 'argo-rollouts',
        prometheusAddress: 'http://prometheus:9090',
        datadog: { apiKey: 'k', appKey: '', address: 'https://dd' },
      },
      analysisJobs: { namespace: 'jobs', kubeconfig: undefined },
    });
  });

  it('says which flags do nothing here, and why', () => {
    const { notices } = configOf(['--kloglevel=2', '--istio-api-version', 'v1beta1', '--ingress-threads=5']);
    expect(notices.map(({ flag }) => flag)).toEqual(['--kloglevel', '--istio-api-version', '--ingress-threads']);
    for (const { why } of notices) expect(why).not.toBe('');
  });

  it.each([
    { args: ['--rollout-treads=5'], says: 'unknown flag --rollout-treads; did you mean --rollout-threads?' },
    { args: ['-x'], says: 'unknown flag -x; --help lists all of them' },
    { args: ['--toString'], says: /unknown flag --toString/ },
    { args: ['serve'], says: 'unexpected argument "serve"' },
    { args: ['--qps'], says: '--qps needs a value' },
    { args: ['--qps=fast'], says: '--qps is a number, not "fast"' },
    { args: ['--qps=0'], says: '--qps is at least 0.1, not 0' },
    { args: ['--rollout-threads=1.5'], says: '--rollout-threads is an integer, not "1.5"' },
    { args: ['--rollout-threads=0'], says: '--rollout-threads is at least 1, not 0' },
    { args: ['--namespaced=yes'], says: '--namespaced is true or false, not "yes"' },
    { args: ['--loglevel=loud'], says: /--loglevel is one of trace, debug/ },
    { args: ['--controllers=rollouts'], says: '--controllers is one of analysis, not "rollouts"' },
    { args: ['--leader-election-retry-period=2'], says: /--leader-election-retry-period is a duration such as 15s/ },
    { args: ['--leader-election-renew-deadline=20s'], says: /must be shorter than --leader-election-lease-duration/ },
    { args: ['--leader-election-retry-period=9s'], says: /must be shorter than --leader-election-renew-deadline/ },
    { args: ['--healthzPort=70000'], says: '--healthzPort is a port, at most 65535, not 70000' },
    { args: ['--lead-beside=here'], says: '--lead-beside is NAMESPACE/NAME, not "here"' },
    { args: ['--request-timeout=soon'], says: /--request-timeout/ },
    { args: ['--instance-id=a', '--instance-id=b'], says: '--instance-id is given twice' },
  ])('refuses $args', ({ args, says }) => {
    const read = (): unknown => readConfig(args, {});
    expect(read).toThrow(says);
    expect(read).toThrow(expect.objectContaining({ code: 'invalid-spec' }));
  });

  it('prints every flag with its default on --help', () => {
    const invocation = readConfig(['--help'], {});
    if (invocation.kind !== 'help') throw new Error(invocation.kind);
    for (const flag of ['--rollout-resync', '--kubeconfig', '--lead-beside', '--traefik-api-version'])
      expect(invocation.text).toContain(flag);
    expect(invocation.text).toMatch(/--qps number.*\(default 40\)/);
    expect(readConfig(['--version'], {})).toEqual({ kind: 'version' });
  });
});
