import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Cluster } from '../cluster/cluster.js';
import { ControllerError } from '../lib/errors.js';
import { aCliStage, type CliStage } from '../testing/cli.js';
import { putReplicaSet, putRollout } from '../testing/cli-world.js';

let stage: CliStage;
beforeAll(async () => {
  stage = await aCliStage();
  const web = await putRollout(stage);
  await putRollout(stage, { name: 'worker' });
  await putReplicaSet(stage, web, { hash: 'h1', revision: 1, image: 'example.io/web:1' });
  await putReplicaSet(stage, web, { hash: 'h2', revision: 2, image: 'example.io/web:2' });
});

/** The port, every call of which does the same. */
function everyCall(answer: () => Promise<never>): Cluster {
  const stream = (): AsyncIterable<never> => ({ [Symbol.asyncIterator]: () => ({ next: answer }) });
  return {
    get: answer,
    list: answer,
    watch: stream,
    create: answer,
    replace: answer,
    patch: answer,
    delete: answer,
    evict: answer,
    bind: answer,
    podLogs: stream,
    serves: answer,
  };
}

describe('a wrong command line', () => {
  it.each([
    '',
    'get',
    'list',
    'set',
    'retry',
    'terminate',
    'get rollout',
    'promote',
    'promote a b',
    'create',
    'set image web',
    'completion',
    'completion tcsh',
  ])('"%s" prints the usage on stderr and nothing on stdout', async (line) => {
    const { code, out, err } = await stage.run(line);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^Error: .*\n\nUsage:\n {2}kubectl sluice/);
  });

  it('speaks under upstream’s name when it is called so', async () => {
    const { err } = await stage.run('get', { invokedAs: '/usr/local/bin/kubectl-argo-rollouts' });
    expect(err).toMatch(/^Error: kubectl argo rollouts get needs a command after it\n\nUsage:\n {2}kubectl argo rollouts get COMMAND\n/);
  });

  it.each(['--help', 'help', 'get --help', 'get rollout -h', 'help get rollout', 'create analysisrun --help'])(
    '"%s" is no error',
    async (line) => {
      const { code, out, err } = await stage.run(line);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('Usage:\n  kubectl sluice');
    },
  );

  it.each([80, 160])('keeps help within %d columns', async (columns) => {
    for (const line of ['--help', 'status --help', 'create --help', 'create analysisrun --help']) {
      const { out } = await stage.run(line, { columns });
      const widest = Math.max(...out.split('\n').map((text) => text.length));
      expect(widest).toBeLessThanOrEqual(Math.min(columns, 120));
    }
  });
});

describe('what comes later', () => {
  it.each(['dashboard', 'dashboard --port 3200 --root-path x', 'notifications template get'])('"%s" says so', async (line) => {
    const { code, out, err } = await stage.run(line);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^Error: "\w+" comes with a later version; .*\n$/);
  });
});

describe('a cluster that does not answer as it should', () => {
  it('is told in one line, without a stack', async () => {
    const cluster = everyCall(() => Promise.reject(new ControllerError('unavailable', 'connect ECONNREFUSED 127.0.0.1:6443')));
    expect(await stage.run('list rollouts', { cluster })).toEqual({
      code: 1,
      out: '',
      err: 'Error: connect ECONNREFUSED 127.0.0.1:6443\n',
    });
  });

  it('shows where an error comes from when asked', async () => {
    const cluster = everyCall(() => Promise.reject(new ControllerError('unavailable', 'gone', {}, { cause: new Error('the cause') })));
    const { err } = await stage.run('list rollouts --loglevel debug', { cluster });
    expect(err).toMatch(/^Error: gone\nControllerError: gone\n {4}at [^]*caused by Error: the cause\n/);
  });

  it('owns up to a bug of its own', async () => {
    const cluster = everyCall(() => Promise.reject(new TypeError('x is not a function')));
    expect((await stage.run('list rollouts', { cluster })).err).toBe(
      'Error: x is not a function (this is a bug in the plugin; --loglevel=debug tells where)\n',
    );
  });
});

describe('completion', () => {
  const complete = async (...words: string[]): Promise<string> => (await stage.run(['__complete', ...words])).out;

  it('proposes commands with what they do', async () => {
    expect(await complete('re')).toBe(
      'retry\tStart an aborted rollout or a finished experiment again\nrestart\tMake every pod of a rollout anew, a few at a time\n:4\n',
    );
    expect(await complete('get', '')).toMatch(/^rollout\t.*\nexperiment\t.*\n:4\n$/);
    expect(await complete('create', '')).toBe('analysisrun\tCreate an analysis run from a template\n:4\n');
  });

  it.each([
    [['get', 'ro', ''], 'web\nworker\n:4\n'],
    [['get', 'ro', 'we'], 'web\n:4\n'],
    [['get', 'ro', 'web', ''], ':4\n'],
    [['abort', 'web', 'w'], 'worker\n:4\n'],
    [['set', 'image', 'web', ''], 'app=\n:6\n'],
    [['undo', 'web', '--to-revision', ''], '2\texample.io/web:2\n1\texample.io/web:1\n:4\n'],
    [['undo', 'web', '--to-revision='], '--to-revision=2\texample.io/web:2\n--to-revision=1\texample.io/web:1\n:4\n'],
    [['get', 'ro', 'web', '-o', 'j'], 'json\n:4\n'],
    [['get', 'ro', '-n', 'def'], 'default\n:4\n'],
    [['get', 'ro', '-n', 'nosuch', ''], ':4\n'],
    [['completion', 'z'], 'zsh\n:4\n'],
    [['create', '-f', ''], ':0\n'],
    [['get', 'ro', 'web', '--timeout-s'], '--timeout-seconds\tend the watch after this many seconds; 0 never\n:4\n'],
    [['nosuch', ''], expect.stringContaining('get\t')],
    [['get', 'ro', 'web', '--nosuch='], ':4\n'],
  ])('answers %j', async (words, out) => {
    expect(await complete(...words)).toEqual(out);
  });

  it('leaves descriptions out when asked', async () => {
    expect((await stage.run(['__completeNoDesc', 'undo', 'web', '--to-revision', ''])).out).toBe('2\n1\n:4\n');
  });

  it('proposes nothing, quickly, when the cluster hangs', async () => {
    const running = stage.start(['__complete', 'get', 'ro', ''], { cluster: hanging() });
    await running.advance(3500);
    expect(running.code()).toBe(0);
    expect(running.out()).toBe(':4\n');
    expect(running.err()).toBe('');
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('has a script for %s by each name', async (shell) => {
    const { out } = await stage.run(`completion ${shell}`, { invokedAs: 'kubectl-argo-rollouts' });
    expect(out).toMatch(/kubectl-argo-rollouts'? __complete/);
    expect(out).not.toContain('sluice');
  });
});

/** Answers nothing until the signal fires. */
function hanging(): Cluster {
  const wait = (...args: readonly unknown[]): Promise<never> =>
    new Promise((_, reject) => {
      const options = args.at(-1);
      const signal = typeof options === 'object' && options !== null && 'signal' in options ? options.signal : undefined;
      if (signal instanceof AbortSignal) signal.addEventListener('abort', () => reject(new ControllerError('aborted', 'aborted')));
    });
  return { ...everyCall(() => new Promise(() => undefined)), get: wait, list: wait };
}

describe('a hung server', () => {
  it('is told after five seconds and left at Ctrl-C', async () => {
    const running = stage.start('list rollouts', { cluster: hanging() });
    await running.advance(4000);
    expect(running.err()).toBe('');
    await running.advance(2000);
    expect(running.err()).toBe(
      'still waiting for the API server to answer "list rollouts"; Ctrl-C gives up, --request-timeout does so by itself\n',
    );
    await running.interrupt();
    expect(running.code()).toBe(1);
    expect(running.err()).toContain('Error: interrupted\n');
  });
});

describe('version', () => {
  it('names the binary it is called by', async () => {
    expect((await stage.run('version --short')).out).toMatch(/^kubectl-sluice: v\d+\.\d+\.\d+/);
    expect((await stage.run('version', { invokedAs: 'kubectl-argo-rollouts' })).out).toMatch(
      /^kubectl-argo-rollouts: v.*\n {2}BuildDate:.*\n {2}GitCommit:/,
    );
    expect(JSON.parse((await stage.run('version -o json')).out)).toMatchObject({ NodeVersion: process.version });
  });
});
