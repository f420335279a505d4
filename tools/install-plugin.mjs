/**
 * Installs the kubectl plugin of dist/ below PREFIX (default ~/.local): its files in lib/sluice, and links in bin by the two names under
 * which kubectl finds it, and by those under which kubectl looks for its completion. Another program's file of the same name stays, unless FORCE=1.
 */
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const bundle = 'kubectl-sluice';
const linkNames = ['kubectl-sluice', 'kubectl-argo-rollouts'];

/**
 * @param {{ dist: string, prefix: string, isForced: boolean }} where
 * @returns {{ linked: string[], kept: string[] }} links made, and files of others that were left alone
 */
export function installPlugin({ dist, prefix, isForced }) {
  const lib = path.join(prefix, 'lib', 'sluice');
  const bin = path.join(prefix, 'bin');
  copyPlugin(dist, lib);
  mkdirSync(bin, { recursive: true });
  const links = linkNames.flatMap((name) => [
    { link: path.join(bin, name), target: path.join(lib, `${bundle}.mjs`) },
    { link: path.join(bin, completionName(name)), target: writeCompletion(lib, name) },
  ]);
  const kept = isForced ? [] : links.map(({ link }) => link).filter((link) => isForeign(link, lib));
  const mine = links.filter(({ link }) => !kept.includes(link));
  for (const { link, target } of mine) {
    rmSync(link, { force: true });
    symlinkSync(target, link);
  }
  return { linked: mine.map(({ link }) => link), kept };
}

/** @type {(name: string) => string} kubectl completes `kubectl argo rollouts ...` by the executable kubectl_complete-argo-rollouts. */
const completionName = (name) => name.replace('kubectl-', 'kubectl_complete-');

/** @type {(lib: string, name: string) => string} where the script is */
function writeCompletion(lib, name) {
  const file = path.join(lib, completionName(name));
  // Through kubectl, so that the plugin is the one that kubectl would run; its words are `argo rollouts`, not `argo-rollouts`.
  writeFileSync(file, `#!/bin/sh\nexec kubectl ${name.replace('kubectl-', '').replaceAll('-', ' ')} __complete "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}

/** @type {(dist: string, lib: string) => void} */
function copyPlugin(dist, lib) {
  rmSync(lib, { recursive: true, force: true });
  mkdirSync(lib, { recursive: true });
  cpSync(path.join(dist, `${bundle}.mjs`), path.join(lib, `${bundle}.mjs`));
  const chunks = path.join('chunks', bundle);
  if (existsSync(path.join(dist, chunks))) cpSync(path.join(dist, chunks), path.join(lib, chunks), { recursive: true });
}

/** @type {(link: string, lib: string) => boolean} */
function isForeign(link, lib) {
  const found = lstatSync(link, { throwIfNoEntry: false });
  return found !== undefined && !(found.isSymbolicLink() && readlinkSync(link).startsWith(lib));
}

function main() {
  const prefix = process.env['PREFIX'] ?? path.join(homedir(), '.local');
  const dist = path.resolve(import.meta.dirname, '..', 'dist');
  const { linked, kept } = installPlugin({ dist, prefix, isForced: process.env['FORCE'] === '1' });
  for (const link of linked) console.log(`installed ${link}`);
  for (const file of kept) console.log(`left alone ${file}: it is another program's; FORCE=1 replaces it`);
  const bin = path.join(prefix, 'bin');
  if (!(process.env['PATH'] ?? '').split(path.delimiter).includes(bin)) console.log(`add ${bin} to PATH, so that kubectl finds the plugin`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
