import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { realScheduler } from '../../src/lib/scheduler.js';
import { processFamily } from './processes.js';

describe('a family of processes', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'family-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('stops in reverse order of the first start, a restarted one at its old place', async () => {
    const family = processFamily(directory, realScheduler(), false);
    const ended: string[] = [];
    const start = async (name: string) => {
      const started = await family.start({ name, command: 'sleep', args: ['60'] });
      void started.exited.then(() => ended.push(name));
      return started;
    };
    const first = await start('first');
    await start('second');
    first.signal('SIGKILL');
    await first.exited;
    await start('first');
    await family.stopAll();
    expect(ended).toEqual(['first', 'second', 'first']);
  });

  it('kills what does not heed SIGTERM', async () => {
    const family = processFamily(directory, realScheduler(), false);
    const deaf = await family.start({
      name: 'deaf',
      command: 'sh',
      args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done'],
    });
    while (!deaf.logTail().includes('ready')) await new Promise((resolve) => setImmediate(resolve));
    expect(await deaf.stop(50)).toEqual({ code: null, signal: 'SIGKILL' });
    await family.stopAll();
  });

  it('keeps what a process printed', async () => {
    const family = processFamily(directory, realScheduler(), false);
    const talker = await family.start({ name: 'talker', command: 'sh', args: ['-c', 'echo out; echo err >&2'] });
    await talker.exited;
    expect(readFileSync(talker.logPath, 'utf8')).toBe('out\nerr\n');
    await family.stopAll();
  });

  it('rejects for a command that does not exist', async () => {
    const family = processFamily(directory, realScheduler(), false);
    await expect(family.start({ name: 'none', command: join(directory, 'nothing'), args: [] })).rejects.toThrow('ENOENT');
    await family.stopAll();
  });
});
