import { describe, expect, it } from '@jest/globals';
import { run } from './run.mjs';

const node = (script: string): string[] => [process.execPath, '-e', script];

describe('run', () => {
  it('gives the code and everything that was printed', async () => {
    expect(await run(node('console.log(1); console.error(2); process.exit(3)'))).toEqual({ code: 3, output: '1\n2\n' });
  });

  it('gives no standard input', async () => {
    expect(await run(node('process.stdin.on("end", () => console.log("end")).resume()'))).toEqual({ code: 0, output: 'end\n' });
  });

  it('says 127 when the command does not exist', async () => {
    expect((await run(['sluice-no-such-command'])).code).toBe(127);
  });

  it('ends a command that takes too long, with what it has started', async () => {
    // The child's child holds the same standard output: `run` can only come back once it is gone, too.
    const script = `
      require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      console.log('started'); setInterval(() => {}, 1000);`;
    expect(await run(node(script), { timeoutMs: 1_000 })).toEqual({ code: 124, output: 'started\n' });
  });
});
