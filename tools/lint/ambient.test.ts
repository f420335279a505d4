import { describe, expect, it } from '@jest/globals';
import { complaints } from './lint-text.js';

describe('ambient', () => {
  it.each([
    { file: 'src/config.ts', environment: true, console: false },
    { file: 'src/main.ts', environment: false, console: false },
    { file: 'src/cli/main.ts', environment: true, console: true },
    { file: 'src/controller/worker.ts', environment: false, console: false },
    { file: 'src/lib/duration.ts', environment: false, console: false },
    { file: 'src/sim/harness.test.ts', environment: false, console: false },
    { file: 'src/testing/builders.ts', environment: false, console: false },
    { file: 'e2e/main.ts', environment: true, console: true },
    { file: 'bench/plans.ts', environment: true, console: true },
    { file: 'tools/build.mjs', environment: true, console: true },
  ])('$file may read the environment: $environment, print: $console', ({ file, environment, console }) => {
    expect(complaints('ambient', file, 'export const home = process.env.HOME;')).toHaveLength(environment ? 0 : 1);
    expect(complaints('ambient', file, 'console.error("no");')).toHaveLength(console ? 0 : 1);
  });

  it('sees the environment through other spellings', () => {
    const texts = ["process['env']", 'globalThis.process.env', 'const { env } = process'];
    expect(texts.map((text) => complaints('ambient', 'src/main.ts', text))).toEqual(
      texts.map(() => [expect.stringContaining('process.env')]),
    );
  });

  it('sees the environment behind an import', () => {
    expect(complaints('ambient', 'src/main.ts', "import process from 'node:process';")).toHaveLength(1);
  });

  it('lets pass the rest of process', () => {
    expect(complaints('ambient', 'src/main.ts', 'process.on("SIGTERM", stop); process.exitCode = 1;')).toEqual([]);
  });
});
