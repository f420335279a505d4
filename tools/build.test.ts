import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildBundle } from './build.mjs';
import { bundlesIn } from './bundles.mjs';
import { installPlugin } from './install-plugin.mjs';
import { run } from './run.mjs';

function aRepository(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'sluice-build-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return root;
}

const cli = { name: 'kubectl-sluice', entry: 'src/cli/main.ts', executable: true, minify: true };
const cliFiles = {
  'src/cli/main.ts': `
    import { endOfLine } from 'common';
    console.log(JSON.stringify(endOfLine), process.argv[2] === 'demo' ? (await import('../sim/index.js')).answer : 'eager');`,
  'src/sim/index.ts': 'export const answer: string = "lazy";',
  'node_modules/common/package.json': '{ "name": "common", "version": "1.0.0", "main": "index.js" }',
  // A CommonJS package that asks for a module of Node when it is loaded, as many do.
  'node_modules/common/index.js': "exports.endOfLine = require('node:os').EOL;",
};

describe('buildBundle', () => {
  it('makes a file that starts by its name and loads CommonJS packages', async () => {
    const root = aRepository(cliFiles);
    await buildBundle(cli, root);
    expect(await run([path.join(root, 'dist/kubectl-sluice.mjs')])).toEqual({ code: 0, output: '"\\n" eager\n' });
  });

  it('keeps what is loaded by import() in files of its own', async () => {
    const root = aRepository(cliFiles);
    const { eagerBytes, totalBytes } = await buildBundle(cli, root);
    expect(totalBytes).toBeGreaterThan(eagerBytes);
    expect(await run([process.execPath, path.join(root, 'dist/kubectl-sluice.mjs'), 'demo'])).toEqual({ code: 0, output: '"\\n" lazy\n' });
  });

  it('writes in which version it is, and without git no more than that', async () => {
    const root = aRepository({
      'package.json': '{ "version": "1.2.3" }',
      'src/main.ts': 'declare const SLUICE_BUILD: unknown; console.log(JSON.stringify(SLUICE_BUILD));',
    });
    await buildBundle({ name: 'main', entry: 'src/main.ts' }, root);
    const said = await run([process.execPath, path.join(root, 'dist/main.mjs')]);
    expect(JSON.parse(said.output)).toEqual({ version: '1.2.3', commit: '', date: '', treeState: '' });
  });

  it('leaves no file of an earlier build behind', async () => {
    const root = aRepository(cliFiles);
    const chunks = (): string[] => readdirSync(path.join(root, 'dist/chunks/kubectl-sluice')).filter((file) => file.endsWith('.mjs'));
    await buildBundle(cli, root);
    const before = chunks();
    writeFileSync(path.join(root, 'src/sim/index.ts'), 'export const answer = "later";');
    await buildBundle(cli, root);
    expect(chunks()).toHaveLength(before.length);
    expect(chunks()).not.toEqual(before);
  });
});

describe('bundlesIn', () => {
  it('makes a bundle of each measurement', () => {
    const root = aRepository({ 'bench/plans.ts': '', 'bench/plans.test.ts': '', 'bench/lib/fixture.ts': '' });
    expect(bundlesIn(root).filter(({ name }) => name.startsWith('bench/'))).toEqual([{ name: 'bench/plans', entry: 'bench/plans.ts' }]);
  });
});

describe('installPlugin', () => {
  it('links the plugin by both names, and it runs from there', async () => {
    const root = aRepository(cliFiles);
    await buildBundle(cli, root);
    const prefix = path.join(root, 'prefix');
    installPlugin({ dist: path.join(root, 'dist'), prefix, isForced: false });
    for (const name of ['kubectl-sluice', 'kubectl-argo-rollouts']) {
      expect(await run([path.join(prefix, 'bin', name), 'demo'])).toEqual({ code: 0, output: '"\\n" lazy\n' });
    }
  });

  it('links the scripts by which kubectl asks a plugin for completions', async () => {
    const root = aRepository(cliFiles);
    await buildBundle(cli, root);
    const prefix = path.join(root, 'prefix');
    installPlugin({ dist: path.join(root, 'dist'), prefix, isForced: false });
    const script = path.join(prefix, 'bin', 'kubectl_complete-argo-rollouts');
    expect(readFileSync(script, 'utf8')).toBe('#!/bin/sh\nexec kubectl argo rollouts __complete "$@"\n');
  });

  it('leaves another program of the same name alone, unless forced', async () => {
    const root = aRepository({ ...cliFiles, 'prefix/bin/kubectl-argo-rollouts': 'upstream' });
    await buildBundle(cli, root);
    const where = { dist: path.join(root, 'dist'), prefix: path.join(root, 'prefix') };
    const theirs = path.join(where.prefix, 'bin/kubectl-argo-rollouts');
    expect(installPlugin({ ...where, isForced: false }).kept).toEqual([theirs]);
    expect(installPlugin({ ...where, isForced: true })).toEqual({ linked: expect.arrayContaining([theirs]), kept: [] });
    expect(installPlugin({ ...where, isForced: false }).kept).toEqual([]);
    expect(existsSync(theirs)).toBe(true);
  });
});
