import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resources } from '../api/kube.js';
import { customResourceDefinitions } from '../api/schema/index.js';
import { realScheduler } from '../lib/scheduler.js';
import { startHttpsFace, type HttpsFace } from '../local-cluster/https/index.js';
import { createStore, type LocalStore } from '../local-cluster/store/index.js';

const program = path.resolve(import.meta.dirname, '../../dist/kubectl-sluice.mjs');
const isBuilt = existsSync(program);
const hasPython = spawnSync('python3', ['-c', 'import pty, fcntl, termios']).status === 0;

/**
 * Runs a command in a pseudo-terminal. Lines of the script: `wait SECONDS`, `keys HEX`, `size ROWS COLUMNS`.
 * Prints `exit CODE` and what the terminal got, as hex.
 */
const terminal = `
import fcntl, os, pty, select, struct, sys, termios, time
script, command = sys.argv[1].split(';'), sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
def size(rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
got = b''
def read(seconds):
    global got
    end = time.time() + seconds
    while time.time() < end:
        ready, _, _ = select.select([fd], [], [], 0.05)
        if ready:
            try:
                data = os.read(fd, 65536)
            except OSError:
                return
            if not data: return
            got += data
for line in script:
    word, *rest = line.split()
    if word == 'wait': read(float(rest[0]))
    elif word == 'keys': os.write(fd, bytes.fromhex(rest[0]))
    elif word == 'size': size(int(rest[0]), int(rest[1]))
read(20)
_, status = os.waitpid(pid, 0)
print('exit', os.waitstatus_to_exitcode(status))
print(got.hex())
`;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const jestTimeoutMs = 60_000;
jest.setTimeout(jestTimeoutMs);

(isBuilt ? describe : describe.skip)('the built plugin', () => {
  let folder: string;
  let store: LocalStore;
  let face: HttpsFace;
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-process-'));
    const scheduler = realScheduler();
    store = createStore({ scheduler });
    for (const definition of customResourceDefinitions) await store.create(resources.customResourceDefinitions, { ...definition });
    await store.create(resources.rollouts, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
        strategy: { canary: { steps: [{ setWeight: 50 }, { pause: {} }] } },
      },
    });
    face = await startHttpsFace({ store, scheduler });
    writeFileSync(path.join(folder, 'config'), face.kubeconfig);
    env = { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: path.join(folder, 'config'), TERM: 'xterm' };
  });
  afterAll(async () => {
    await face.close();
    rmSync(folder, { recursive: true });
  });

  const run = (args: readonly string[], act?: (child: ReturnType<typeof spawn>) => void): Promise<Ended> =>
    runProgram(process.execPath, [program, ...args], act);

  /** Not spawnSync: the server it talks to lives in this process. */
  function runProgram(
    file: string,
    args: readonly string[],
    act: (child: ReturnType<typeof spawn>) => void = () => undefined,
  ): Promise<Ended> {
    return new Promise((resolve) => {
      const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk) => (out += String(chunk)));
      child.stderr.on('data', (chunk) => (err += String(chunk)));
      child.on('close', (code) => resolve({ code, out, err }));
      act(child);
    });
  }

  it('talks to a server over HTTPS by the kubeconfig', async () => {
    const { code, out, err } = await run(['list', 'rollouts', '-o', 'name']);
    expect({ code, out, err }).toEqual({ code: 0, out: 'rollout.argoproj.io/web\n', err: '' });
  });

  it('completes names of the cluster and contexts of the kubeconfig', async () => {
    expect((await run(['__complete', 'get', 'ro', ''])).out).toBe('web\n:4\n');
    const { out } = await run(['__complete', 'get', 'ro', '--context', '']);
    expect(out).toMatch(/^\S+\n:4\n$/);
    expect((await run(['get', 'ro', 'web', '--context', out.split('\n')[0] ?? ''])).code).toBe(0);
  });

  it.each([
    ['a context that is not there', ['--context', 'nosuch'], /^Error: the kubeconfig has no context "nosuch"\n$/],
    ['a kubeconfig that is not there', ['--kubeconfig', '/nosuch'], /^Error: kubeconfig \/nosuch cannot be read: .*\n$/],
    [
      'a server that refuses connections',
      ['--server', 'https://127.0.0.1:1'],
      /^Error: no answer from the server: connect ECONNREFUSED 127\.0\.0\.1:1\n$/,
    ],
    ['a wrong token', ['--token', 'wrong'], /^Error: .*nauthorized.*\n$/],
  ])('says in one line what is wrong with %s', async (_, flags, message) => {
    const { code, out, err } = await run(['get', 'rollout', 'web', ...flags]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(message);
  });

  it('gives up on a server that accepts and never answers', async () => {
    const silent = await new Promise<Server>((resolve) => {
      const server = createServer(() => undefined).listen(0, '127.0.0.1', () => resolve(server));
    });
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, err } = await run(['list', 'ro', '--server', `https://127.0.0.1:${port}`, '--request-timeout', '1s']);
    silent.close();
    expect(code).toBe(1);
    expect(err).toBe('Error: the server did not answer in time\n');
  });

  it('ends as other programs do when its reader has gone', async () => {
    const { code, err } = await run(['list', 'rollouts', '--watch'], (child) => {
      child.stdout?.once('data', () => {
        child.stdout?.destroy();
        void store.patch(
          { resource: resources.rollouts, namespace: 'default', name: 'web' },
          { kind: 'merge', body: { spec: { replicas: 2 } } },
        );
      });
    });
    expect({ code, err }).toEqual({ code: 141, err: '' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('a wait ends at %s with 1, a watch with 0', async (signal) => {
    const stop = (child: ReturnType<typeof spawn>): void => {
      child.stdout?.once('data', () => child.kill(signal));
    };
    expect(await run(['status', 'web'], stop)).toMatchObject({ code: 1, err: 'Error: Rollout status watch exceeded timeout\n' });
    expect(await run(['get', 'ro', 'web', '-w'], stop)).toMatchObject({ code: 0, err: '' });
  });

  (hasPython ? describe : describe.skip)('in a terminal', () => {
    async function inTerminal(script: string, ...args: readonly string[]): Promise<{ readonly code: number; readonly screen: string }> {
      const { out, err } = await runProgram('python3', ['-c', terminal, script, process.execPath, program, ...args]);
      const [exit = '', hex = ''] = out.split('\n');
      if (!exit.startsWith('exit')) throw new Error(`the terminal broke: ${out}${err}`);
      return { code: Number(exit.slice('exit '.length)), screen: Buffer.from(hex, 'hex').toString('utf8') };
    }

    it('paints and shows the steps', async () => {
      const { code, screen } = await inTerminal('size 40 100', 'get', 'ro', 'web');
      expect(code).toBe(0);
      expect(screen).toContain('\u001b[');
      expect(screen).toContain('Steps:');
    });

    it('redraws in place, follows the size, and gives the cursor back at Ctrl-C', async () => {
      const { code, screen } = await inTerminal('size 12 80;wait 3;size 12 30;wait 2;keys 03', 'get', 'ro', 'web', '-w', '--no-color');
      expect(code).toBe(0);
      expect(screen.startsWith('\u001b[?25l\u001b[2J\u001b[H')).toBe(true);
      expect(screen).toContain('\u001b[?25h');
      // Twelve rows, one of them for the prompt: the rest is counted.
      expect(screen).toMatch(/\.\.\. \d+ more lines/);
      const frames = screen.split('\u001b[H').slice(1);
      expect(frames.length).toBeGreaterThan(3);
      const widest = Math.max(...(frames.at(-1) ?? '').split('\r\n').map((line) => line.split('\u001b')[0]?.length ?? 0));
      expect(widest).toBeLessThanOrEqual(30);
      // Everything is cleared only for a new size, else a frame overwrites the one before.
      expect(frames.filter((frame) => frame.includes('\u001b[2J'))).toHaveLength(1);
    });
  });
});
