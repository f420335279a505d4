import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

/*
 * The simulation loads half the project and plays for minutes of virtual time: it runs as the built bundle in plain node, and each line it
 * tells becomes a case here. `make sim` plays all of it; here go all scenarios, a slice of the crash points and a slice of the histories.
 */
const bundle = path.resolve(import.meta.dirname, '../../dist/sim.mjs');
const limitMs = 400_000;

interface Told {
  readonly name: string;
  readonly problems: readonly string[];
}

async function play(...args: readonly string[]): Promise<readonly Told[]> {
  const text = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ['--no-warnings', bundle, ...args], { timeout: limitMs, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      // Exit code 1 is what failed cases look like; anything else did not play to its end.
      if (error !== null && error.code !== 1) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
  const told: { name: string; problems: string[] }[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('ok   ') || line.startsWith('FAIL '))
      told.push({ name: line.slice(5), problems: line.startsWith('FAIL') ? ['failed'] : [] });
    else if (line.startsWith('     ')) told.at(-1)?.problems.push(line.trim());
  }
  return told;
}

const [scenarios, crashes, histories] = [
  await play('scenarios'),
  await play('crashes', '--every', '25'),
  await play('histories', '--count', '12', '--tell'),
];

describe.each([
  ['scenarios', scenarios],
  ['a slice of the crash points', crashes],
  ['random histories', histories],
])('%s', (_, told) => {
  it.each(told.map((t) => [t.name, t.problems] as const))('%s', (_name, problems) => {
    expect(problems).toEqual([]);
  });

  it('were played', () => {
    expect(told.length).toBeGreaterThan(10);
  });
});
