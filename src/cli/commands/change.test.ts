import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { resources, type KubeObject } from '../../api/kube.js';
import { aCliStage, type CliStage } from '../../testing/cli.js';
import { pausedAtStep, putReplicaSet, putRollout } from '../../testing/cli-world.js';

let stage: CliStage;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  stage = await aCliStage();
});

function file(name: string, text: string): string {
  const full = path.join(folder, name);
  writeFileSync(full, text);
  return full;
}

const image = (object: KubeObject | undefined): unknown => JSON.stringify(object?.spec?.['template']).match(/"image":"([^"]*)"/)?.[1];

describe('set image', () => {
  beforeEach(() => putRollout(stage, { status: pausedAtStep }));

  it('changes the image of the container', async () => {
    expect(await stage.run('set image web app=example.io/web:3')).toEqual({ code: 0, out: 'rollout "web" image updated\n', err: '' });
    expect(image(stage.read(resources.rollouts, 'web'))).toBe('example.io/web:3');
  });

  it('changes every container with *, init containers too', async () => {
    const containers = [{ name: 'a', image: 'a:1' }, { name: 'b' }];
    await stage.patch(resources.rollouts, 'web', {
      spec: { template: { spec: { containers, initContainers: [{ name: 'i', image: 'i:1' }] } } },
    });
    await stage.run('set image web *=x:2');
    expect(stage.read(resources.rollouts, 'web')?.spec?.['template']).toMatchObject({
      spec: { initContainers: [{ image: 'x:2' }], containers: [{ image: 'x:2' }, { image: 'x:2' }] },
    });
  });

  it('changes the Deployment that workloadRef names', async () => {
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
    const spec = { selector: { matchLabels: { a: 'b' } }, template };
    await stage.put(resources.deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'legacy' }, spec });
    await stage.patch(resources.rollouts, 'web', {
      spec: { template: null, workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'legacy' } },
    });
    expect((await stage.run('set image web app=app:2')).out).toBe('deployment "legacy" image updated\n');
    expect(image(stage.read(resources.deployments, 'legacy'))).toBe('app:2');
  });

  it.each([
    ['nosuch=x:1', 'unable to find container named "nosuch" (there is "app")'],
    ['ap=x:1', 'unable to find container named "ap" (did you mean "app"?)'],
    ['app', 'image must be given as CONTAINER=IMAGE (or *=IMAGE), not "app"'],
    ['app=x=y', 'image must be given as CONTAINER=IMAGE (or *=IMAGE), not "app=x=y"'],
  ])('refuses %s', async (assignment, message) => {
    const { code, out, err } = await stage.run(`set image web ${assignment}`);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.split('\n')[0]).toBe(`Error: ${message}`);
  });

  it('says that the image is there already', async () => {
    expect((await stage.run('set image web app=example.io/web:2')).err).toBe('note: container "app" has that image already\n');
  });
});

describe('undo', () => {
  beforeEach(async () => {
    const web = await putRollout(stage, { revision: 3, status: pausedAtStep, image: 'example.io/web:3' });
    await putReplicaSet(stage, web, { hash: 'h1', revision: 1, image: 'example.io/web:1' });
    await putReplicaSet(stage, web, { hash: 'h2', revision: 2, image: 'example.io/web:2' });
    await putReplicaSet(stage, web, { hash: 'h3', revision: 3, image: 'example.io/web:3' });
  });

  it('goes back to the revision before the newest, without its hash', async () => {
    expect(await stage.run('undo web')).toEqual({ code: 0, out: "rollout 'web' undo\n", err: '' });
    const web = stage.read(resources.rollouts, 'web');
    expect(image(web)).toBe('example.io/web:2');
    expect(JSON.stringify(web?.spec)).not.toContain('rollouts-pod-template-hash');
  });

  it('goes back to the revision that is named', async () => {
    await stage.run('undo web --to-revision 1');
    expect(image(stage.read(resources.rollouts, 'web'))).toBe('example.io/web:1');
  });

  it('does nothing where nothing would change', async () => {
    expect((await stage.run('undo web --to-revision=3')).out).toBe('skipped rollback (current template already matches revision 3)\n');
    expect(stage.store.audit.writes('cli')).toEqual([]);
  });

  it('knows which revisions there are', async () => {
    expect((await stage.run('undo web --to-revision 7')).err).toBe(
      'Error: unable to find specified revision 7 in history (there is 3, 2, 1)\n',
    );
    await putRollout(stage, { name: 'young' });
    expect((await stage.run('undo young')).err).toBe('Error: no revision found for rollout "young"\n');
  });
});

describe('restart', () => {
  it.each([
    ['', '2026-01-01T00:00:00Z', '0s'],
    ['--in 10m', '2026-01-01T00:10:00Z', '10m'],
  ])('sets the instant %s', async (flags, restartAt, text) => {
    await putRollout(stage);
    expect((await stage.run(`restart web ${flags}`)).out).toBe(`rollout 'web' restarts in ${text}\n`);
    expect(stage.read(resources.rollouts, 'web')?.spec?.['restartAt']).toBe(restartAt);
  });

  it('refuses what is no duration without a stack trace', async () => {
    const { code, err } = await stage.run('restart web --in soon');
    expect(code).toBe(1);
    expect(err.split('\n')[0]).toBe('Error: invalid argument "soon" for "-i, --in" flag: time: invalid duration "soon"');
  });
});

describe('terminate and retry experiment', () => {
  const put = (kind: 'analysisRuns' | 'experiments', name: string, status: object): Promise<KubeObject> =>
    stage.put(resources[kind], {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: resources[kind].kind,
      metadata: { name },
      spec: { metrics: [], templates: [] },
      status,
    });

  it('ends a run', async () => {
    await put('analysisRuns', 'mine', { phase: 'Running' });
    expect(await stage.run('terminate ar mine')).toEqual({ code: 0, out: "analysisRun 'mine' terminated\n", err: '' });
    expect(stage.read(resources.analysisRuns, 'mine')?.spec?.['terminate']).toBe(true);
  });

  it('ends an experiment, in the words upstream has for it', async () => {
    await put('experiments', 'ab', { phase: 'Failed' });
    expect(await stage.run('terminate exp ab')).toEqual({
      code: 0,
      out: "experiment 'ab' retried\n",
      err: "note: 'ab' has ended already: Failed\n",
    });
    expect(stage.read(resources.experiments, 'ab')?.spec?.['terminate']).toBe(true);
  });

  it('starts an experiment from scratch by taking its status away', async () => {
    await put('experiments', 'ab', { phase: 'Failed' });
    expect((await stage.run('retry experiment ab')).out).toBe("experiment 'ab' retried\n");
    expect(stage.read(resources.experiments, 'ab')?.status).toBeUndefined();
  });

  it('spells a missing one as the API does', async () => {
    expect((await stage.run('terminate analysisrun nosuch')).err).toBe('Error: analysisruns.argoproj.io "nosuch" not found\n');
  });
});

describe('delete', () => {
  it('deletes what it names', async () => {
    await putRollout(stage);
    expect((await stage.run('delete rollout web --dry-run')).out).toBe('rollout.argoproj.io "web" deleted (dry run)\n');
    expect(stage.read(resources.rollouts, 'web')).toBeDefined();
    expect(await stage.run('delete ro web')).toEqual({ code: 0, out: 'rollout.argoproj.io "web" deleted\n', err: '' });
    expect(stage.read(resources.rollouts, 'web')).toBeUndefined();
    expect((await stage.run('delete ro web')).err).toBe('Error: rollouts.argoproj.io "web" not found\n');
  });
});

describe('create', () => {
  const rollout = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: app:1}]}
  strategy: {canary: {}}
`;
  const clusterTemplate = `apiVersion: argoproj.io/v1alpha1
kind: ClusterAnalysisTemplate
metadata: {name: rate}
spec: {metrics: [{name: rate, provider: {prometheus: {address: "http://p", query: up}}}]}
`;

  it('creates every document of a file, from standard input too', async () => {
    expect(await stage.run('create -f -', { input: `${rollout}---\n${clusterTemplate}` })).toEqual({
      code: 0,
      out: 'rollout.argoproj.io/web created\nclusteranalysistemplate.argoproj.io/rate created\n',
      err: '',
    });
    expect(stage.read(resources.rollouts, 'web')?.metadata.namespace).toBe('default');
    expect(stage.read(resources.clusterAnalysisTemplates, 'rate')).toBeDefined();
  });

  it('refuses a field nobody knows', async () => {
    stage = await aCliStage({ hasSchemas: true });
    const { code, err } = await stage.run(`create -f ${file('typo.yaml', rollout.replace('canary: {}', 'canary: {maxSrge: 1}'))}`);
    expect(code).toBe(1);
    expect(err).toContain('unknown field "spec.strategy.canary.maxSrge"');
    expect(stage.read(resources.rollouts, 'web')).toBeUndefined();
  });

  it.each([
    ['kind: Pod\napiVersion: v1\nmetadata: {name: p}\n', 'creates of v1/Pod unsupported'],
    ['kind: Rollout\n', 'not a Kubernetes object: apiVersion, kind or metadata is missing'],
    ['a: [1', 'unexpected end of the stream within a flow collection'],
    ['# nothing\n', 'there is no object in it'],
  ])('says what is wrong with %j', async (text, message) => {
    const { code, err } = await stage.run(`create -f ${file('bad.yaml', text)}`);
    expect(code).toBe(1);
    expect(err.split('\n')).toHaveLength(2);
    expect(err).toContain(message);
  });

  it('says what is wrong with the file itself', async () => {
    const large = file('large.yaml', `# ${'x'.repeat(20 * 1024 * 1024)}\n`);
    expect((await stage.run(`create -f ${large}`)).err).toBe(`Error: ${large}: 21 MB is too much for manifests, 10 MB is the limit\n`);
    expect((await stage.run('create -f /nosuch/file.yaml')).err).toBe('Error: /nosuch/file.yaml: no such file or folder\n');
    expect((await stage.run('create')).err).toMatch(
      /^Error: required flag "filename" not set\n\nUsage:\n {2}kubectl sluice create \[flags\]\n/,
    );
  });

  it('watches what it created', async () => {
    const running = stage.start('create -f - --watch --no-color', { input: rollout });
    await running.advance(1000);
    expect(running.out()).toMatch(/^rollout\.argoproj\.io\/web created\nName: {12}web\n/);
    await running.interrupt();
    expect(running.code()).toBe(0);
  });

  it('would create nothing in a dry run', async () => {
    expect((await stage.run('create -f - --dry-run=server', { input: rollout })).out).toBe(
      'rollout.argoproj.io/web created (server dry run)\n',
    );
    expect((await stage.run('create -f - --dry-run=client -o name', { input: rollout })).out).toBe('rollout.argoproj.io/web\n');
    expect(stage.read(resources.rollouts, 'web')).toBeUndefined();
  });
});

describe('create analysisrun', () => {
  const metric = { name: 'rate', provider: { prometheus: { address: 'http://p', query: 'up{app="{{args.app}}"}' } } };
  const put = (name: string, spec: object): Promise<KubeObject> =>
    stage.put(resources.analysisTemplates, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisTemplate',
      metadata: { name, labels: { team: 'a' } },
      spec,
    });

  it('makes a run of a template and its arguments', async () => {
    await put('rate', { args: [{ name: 'app' }, { name: 'min', value: '1' }], metrics: [metric] });
    expect(await stage.run('create analysisrun --from rate --name mine -a app=web')).toEqual({
      code: 0,
      out: 'analysisrun.argoproj.io/mine created\n',
      err: '',
    });
    const run = stage.read(resources.analysisRuns, 'mine');
    expect(run?.spec).toEqual({
      args: [
        { name: 'app', value: 'web' },
        { name: 'min', value: '1' },
      ],
      metrics: [metric],
    });
    expect(run?.metadata.ownerReferences).toBeUndefined();
    expect(run?.metadata.labels).toEqual({ team: 'a' });
  });

  it('names the run after the template unless told otherwise', async () => {
    await put('rate', { metrics: [metric] });
    expect((await stage.run('create ar --from rate -o name')).out).toMatch(/^analysisrun\.argoproj\.io\/rate-\w{5}\n$/);
    expect((await stage.run('create ar --from rate --generate-name x- -o name')).out).toMatch(/\/x-\w{5}\n$/);
  });

  it('merges the templates a template refers to', async () => {
    await put('rate', { metrics: [metric] });
    await put('all', { templates: [{ templateName: 'rate' }] });
    await stage.run('create ar --from all --name mine --instance-id blue');
    expect(stage.read(resources.analysisRuns, 'mine')?.spec).toEqual({ metrics: [metric] });
    expect(stage.read(resources.analysisRuns, 'mine')?.metadata.labels).toEqual({
      'argo-rollouts.argoproj.io/controller-instance-id': 'blue',
    });
  });

  it.each([
    ['--from rate', 'args.app was not resolved'],
    ['--from rate -a app', 'arguments must be in the form NAME=VALUE, not "app"'],
    ['--from nosuch', 'analysistemplates.argoproj.io "nosuch" not found'],
    ['--from nosuch --global', 'clusteranalysistemplates.argoproj.io "nosuch" not found'],
    ['', 'exactly one of --from and --from-file must be given'],
    ['--from rate --from-file x', 'exactly one of --from and --from-file must be given'],
  ])('refuses %s', async (flags, message) => {
    await put('rate', { args: [{ name: 'app' }], metrics: [metric] });
    const { code, err } = await stage.run(`create analysisrun ${flags}`);
    expect(code).toBe(1);
    expect(err.split('\n')[0]).toBe(`Error: ${message}`);
  });

  it('takes a template from a file, and notes an argument it does not have', async () => {
    const template = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisTemplate',
      metadata: { name: 'local' },
      spec: { metrics: [metric] },
    };
    const result = await stage.run(`create ar --from-file ${file('t.yaml', JSON.stringify(template))} --name mine -a app=web`);
    expect(result).toEqual({
      code: 0,
      out: 'analysisrun.argoproj.io/mine created\n',
      err: 'note: the template has no argument "app"; it is left out\n',
    });
  });
});
