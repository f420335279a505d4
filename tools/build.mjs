/**
 * Builds the bundles into dist/: `node tools/build.mjs [NAME...]`, all of them without a name.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildInfoOf } from './build-info.mjs';
import { bundlesIn } from './bundles.mjs';

/** @typedef {import('./bundles.mjs').Bundle} Bundle */
/** @typedef {import('esbuild').Metafile} Metafile */

/** CommonJS packages call require, which ES modules do not have. */
const requireForCommonJs =
  "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);";

/**
 * Builds one bundle. What is loaded by import() becomes a file of its own below chunks/, so that it costs nothing until it is used.
 *
 * @param {Bundle} bundle
 * @param {string} root
 * @returns {Promise<{ eagerBytes: number, totalBytes: number }>} what a start loads, and all that was written, without source maps
 */
export async function buildBundle(bundle, root) {
  const dist = path.join(root, 'dist');
  const chunks = `chunks/${bundle.name.replaceAll('/', '-')}`;
  const result = await build({
    absWorkingDir: root,
    entryPoints: [{ in: bundle.entry, out: bundle.name }],
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    chunkNames: `${chunks}/[name]-[hash]`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner: { js: bundle.executable ? `#!/usr/bin/env node\n${requireForCommonJs}` : requireForCommonJs },
    minifyWhitespace: bundle.minify === true,
    minifySyntax: bundle.minify === true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'linked',
    define: { SLUICE_BUILD: JSON.stringify(buildInfoOf(root)) },
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  for (const file of result.outputFiles) replaceFile(file.path, file.contents);
  removeStale(path.join(dist, chunks), new Set(result.outputFiles.map((file) => file.path)));
  const entry = `dist/${bundle.name}.mjs`;
  if (bundle.executable) chmodSync(path.join(root, entry), 0o755);
  writeMetafile(root, bundle, result.metafile);
  return { eagerBytes: eagerBytes(result.metafile, entry), totalBytes: totalBytes(result.metafile) };
}

/** @type {(file: string, contents: Uint8Array) => void} A process that starts meanwhile sees the old file or the new one. */
function replaceFile(file, contents) {
  if (existsSync(file) && readFileSync(file).equals(contents)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  writeFileSync(partial, contents);
  renameSync(partial, file);
}

/** @type {(folder: string, current: ReadonlySet<string>) => void} */
function removeStale(folder, current) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (!current.has(file) && !name.endsWith('.partial')) rmSync(file, { force: true });
  }
}

/** @type {(root: string, bundle: Bundle, metafile: Metafile) => void} What went into a bundle, for those who ask why it is so big. */
function writeMetafile(root, bundle, metafile) {
  const file = path.join(root, '.cache', 'build', `${bundle.name.replaceAll('/', '-')}.json`);
  replaceFile(file, Buffer.from(JSON.stringify(metafile)));
}

/** @type {(metafile: Metafile, entry: string) => number} */
function eagerBytes(metafile, entry) {
  const eager = new Set([entry]);
  for (const file of eager) {
    for (const { path: next, kind } of metafile.outputs[file]?.imports ?? []) if (kind === 'import-statement') eager.add(next);
  }
  return [...eager].reduce((sum, file) => sum + (metafile.outputs[file]?.bytes ?? 0), 0);
}

/** @type {(metafile: Metafile) => number} */
const totalBytes = ({ outputs }) =>
  Object.entries(outputs).reduce((sum, [file, { bytes }]) => (file.endsWith('.mjs') ? sum + bytes : sum), 0);

/** @type {(bytes: number) => string} */
const kilobytes = (bytes) => `${Math.round(bytes / 1024)} KB`;

/** @type {(names: readonly string[]) => Promise<number>} the exit code */
async function main(names) {
  const root = path.resolve(import.meta.dirname, '..');
  const known = bundlesIn(root);
  const unknown = names.filter((name) => !known.some((bundle) => bundle.name === name));
  if (unknown.length > 0) {
    console.error(`no such bundle: ${unknown.join(', ')}; there are ${known.map((bundle) => bundle.name).join(', ')}`);
    return 2;
  }
  let failures = 0;
  for (const bundle of known.filter((each) => names.length === 0 || names.includes(each.name))) {
    if (!(await buildAndTell(bundle, root))) failures += 1;
  }
  return failures > 0 ? 1 : 0;
}

/** @type {(bundle: Bundle, root: string) => Promise<boolean>} whether it went well; esbuild prints what is wrong by itself */
async function buildAndTell(bundle, root) {
  if (!existsSync(path.join(root, bundle.entry))) {
    console.log(`dist/${bundle.name}.mjs: not built, ${bundle.entry} does not exist yet`);
    return true;
  }
  const startedAt = performance.now();
  const built = await buildBundle(bundle, root).catch((error) => console.error(`dist/${bundle.name}.mjs: ${error.message.split('\n')[0]}`));
  if (!built) return false;
  const { eagerBytes: eager, totalBytes: total } = built;
  const lazily = total > eager ? `, ${kilobytes(total - eager)} more by import()` : '';
  console.log(`dist/${bundle.name}.mjs: ${kilobytes(eager)}${lazily}, built in ${Math.round(performance.now() - startedAt)} ms`);
  return true;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await main(process.argv.slice(2));
