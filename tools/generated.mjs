/**
 * Files that are made from other files and committed: `node tools/generated.mjs` says which are out of date,
 * `node tools/generated.mjs --write [NAME...]` makes them anew.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from './run.mjs';

/**
 * @typedef {object} Generator
 * @property {string} name as in `make` and `npm run`
 * @property {readonly string[]} command gets one more argument: the folder to write into, with paths as in the repository
 * @property {readonly string[]} [owns] folders, relative to the repository, that hold nothing but what this generator writes
 */

/** @type {readonly Generator[]} */
export const generators = [
  { name: 'crds', command: [process.execPath, '--import', 'tsx', 'tools/generate-crds.ts'], owns: ['crds'] },
  // Copies crds/ into manifests/install.yaml, so it comes after them.
  {
    name: 'manifests',
    command: [process.execPath, 'tools/manifests.mjs'],
    owns: ['manifests/base', 'manifests/cluster', 'manifests/namespaced'],
  },
];

const root = path.resolve(import.meta.dirname, '..');

/**
 * Runs a generator into a fresh folder and compares with what is committed.
 *
 * @param {Generator} generator
 * @param {string} repository
 * @returns {Promise<string[]>} what differs, one line each; nothing when all is up to date
 */
export function staleFiles(generator, repository) {
  return withOutput(generator, repository, (output) => {
    const fresh = filesBelow(output);
    const owned = (generator.owns ?? []).flatMap((folder) =>
      filesBelow(path.join(repository, folder)).map((file) => path.join(folder, file)),
    );
    return [
      ...fresh.filter((file) => !isSame(path.join(output, file), path.join(repository, file))).map((file) => `${file} is out of date`),
      ...owned.filter((file) => !fresh.includes(file)).map((file) => `${file} is generated no more`),
    ];
  });
}

/** @type {(generator: Generator, repository: string) => Promise<string[]>} the files written */
export function regenerate(generator, repository) {
  return withOutput(generator, repository, (output) => {
    for (const folder of generator.owns ?? []) rmSync(path.join(repository, folder), { recursive: true, force: true });
    cpSync(output, repository, { recursive: true });
    return filesBelow(output);
  });
}

/**
 * @template T
 * @param {Generator} generator
 * @param {string} repository
 * @param {(output: string) => T} use
 * @returns {Promise<T>} @throws {Error} when the generator fails or writes nothing
 */
async function withOutput(generator, repository, use) {
  const output = mkdtempSync(path.join(tmpdir(), 'sluice-generated-'));
  try {
    const result = await run([...generator.command, output], { cwd: repository });
    if (result.code !== 0) throw new Error(`generator ${generator.name} failed:\n${result.output}`);
    if (filesBelow(output).length === 0) throw new Error(`generator ${generator.name} wrote nothing`);
    return use(output);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

/** @type {(folder: string) => string[]} */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(path.join(folder, file)).isFile());
}

/** @type {(a: string, b: string) => boolean} */
const isSame = (a, b) => existsSync(b) && readFileSync(a).equals(readFileSync(b));

/** @type {(args: readonly string[]) => Promise<number>} the exit code */
async function main(args) {
  const isWriting = args.includes('--write');
  const names = args.filter((arg) => !arg.startsWith('--'));
  const unknown = names.filter((name) => !generators.some((generator) => generator.name === name));
  if (unknown.length > 0) {
    console.error(`no such generator: ${unknown.join(', ')}; there are ${generators.map((generator) => generator.name).join(', ')}`);
    return 2;
  }
  let stale = 0;
  for (const generator of generators.filter(({ name }) => names.length === 0 || names.includes(name))) {
    if (isWriting) for (const file of await regenerate(generator, root)) console.log(`wrote ${file}`);
    else stale += tellStale(generator, await staleFiles(generator, root));
  }
  return stale > 0 ? 1 : 0;
}

/** @type {(generator: Generator, complaints: readonly string[]) => number} how many there are */
function tellStale(generator, complaints) {
  for (const complaint of complaints) console.error(`${complaint}: node tools/generated.mjs --write ${generator.name}`);
  return complaints.length;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await main(process.argv.slice(2));
