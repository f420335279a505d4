import { readFile } from 'node:fs/promises';
import { errorMessage } from '../../src/lib/errors.js';
import { realScheduler } from '../../src/lib/scheduler.js';
import { readConfig } from '../config.js';
import { EXIT } from '../lib/exit-codes.js';
import { until } from '../lib/until.js';
import type { Plane } from '../control-plane/plane.js';
import { openPlane } from '../control-plane/plane.js';

const scheduler = realScheduler();

interface Check {
  readonly name: string;
  readonly run: (plane: Plane, namespace: string) => Promise<void>;
}

const checks: readonly Check[] = [
  { name: 'kubectl and the server say their versions', run: versionsAreKnown },
  { name: 'the controller manager makes a ReplicaSet for a Deployment', run: deploymentGetsReplicaSet },
  { name: 'a service account without permissions is refused', run: strangerIsRefused },
  { name: 'the requests of a service account are in the audit log', run: requestsAreAudited },
  { name: 'objects survive a kill -9 of the API server and a compaction of etcd', run: objectsSurviveRestart },
];

/** `smoke`: whether a plane can be had here and does what stories rely on. */
export async function checkPlane(): Promise<number> {
  const startedAt = scheduler.now();
  const start = await openPlane({ config: readConfig(), scheduler });
  if (start.kind === 'missing') {
    process.stdout.write(`skipped: ${start.reason}\n${start.remedy}\n0 passed, 0 failed, ${checks.length} skipped\n`);
    return EXIT.skipped;
  }
  const { plane } = start;
  process.stdout.write(`control plane ready after ${scheduler.now() - startedAt} ms\n`);
  try {
    return await runChecks(plane);
  } finally {
    const stoppingAt = scheduler.now();
    await plane.stop();
    process.stdout.write(`stopped after ${scheduler.now() - stoppingAt} ms\n`);
  }
}

async function runChecks(plane: Plane): Promise<number> {
  const namespace = `smoke-${scheduler.now()}`;
  await expectOk(plane, ['create', 'namespace', namespace]);
  await serviceAccountExists(plane, namespace);
  let failed = 0;
  for (const { name, run } of checks) {
    const startedAt = scheduler.now();
    const error = await run(plane, namespace).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error !== undefined) failed += 1;
    process.stdout.write(`${error === undefined ? 'ok    ' : 'FAILED'} ${name} (${scheduler.now() - startedAt} ms)\n`);
    if (error !== undefined) process.stdout.write(`       ${errorMessage(error)}\n`);
  }
  await expectOk(plane, ['delete', 'namespace', namespace, '--wait=false']);
  process.stdout.write(`${checks.length - failed} passed, ${failed} failed, 0 skipped\n`);
  return failed === 0 ? EXIT.ok : EXIT.failed;
}

async function versionsAreKnown(plane: Plane): Promise<void> {
  const shown = await expectOk(plane, ['version']);
  const versions = [...shown.matchAll(/(?:Client|Server) Version: (v\S+)/g)].map((match) => match[1]);
  if (versions.length !== 2 || versions.includes('v0.0.0')) throw new Error(`unexpected versions: ${shown}`);
}

async function deploymentGetsReplicaSet(plane: Plane, namespace: string): Promise<void> {
  await expectOk(plane, ['create', 'deployment', 'web', '--image=example.io/demo:v1', '--replicas=3', '--namespace', namespace]);
  await until(
    async () => {
      const counts = await expectOk(plane, [
        'get',
        'replicasets',
        '--namespace',
        namespace,
        '--output',
        'jsonpath={.items[*].spec.replicas} {.items[*].status.replicas}',
      ]);
      return counts === '3 3' ? true : undefined;
    },
    { scheduler, timeoutMs: 20_000, what: 'one ReplicaSet with 3 pods' },
  );
}

async function strangerIsRefused(plane: Plane, namespace: string): Promise<void> {
  const token = await plane.serviceAccountToken(namespace, 'default');
  const kubeconfig = plane.writeKubeconfig(`stranger-${namespace}`, token, namespace);
  const { code, stderr } = await plane.kubectl(['get', 'secrets'], { kubeconfig });
  if (code === 0 || !stderr.includes('forbidden')) throw new Error(`exit code ${code}: ${stderr}`);
}

async function requestsAreAudited(plane: Plane, namespace: string): Promise<void> {
  if (plane.own === undefined) return;
  const lines = (await readFile(plane.own.auditLogPath, 'utf8')).split('\n').filter((line) => line.includes('"resource":"secrets"'));
  if (!lines.some((line) => line.includes(`system:serviceaccount:${namespace}:default`) && line.includes('"code":403'))) {
    throw new Error(`the refused request is not among ${lines.length} audit lines about secrets`);
  }
}

async function objectsSurviveRestart(plane: Plane, namespace: string): Promise<void> {
  if (plane.own === undefined) return;
  await plane.own.killApiServer();
  await plane.own.compactEtcd();
  await plane.own.startApiServer();
  await expectOk(plane, ['get', 'deployment', 'web', '--namespace', namespace]);
}

async function serviceAccountExists(plane: Plane, namespace: string): Promise<void> {
  const look = async (): Promise<true | undefined> =>
    (await plane.kubectl(['get', 'serviceaccount', 'default', '--namespace', namespace])).code === 0 ? true : undefined;
  await until(look, { scheduler, timeoutMs: 10_000, what: `the service account of namespace ${namespace}` });
}

async function expectOk(plane: Plane, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await plane.kubectl(args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: exit code ${code}: ${stderr}`);
  return stdout;
}
