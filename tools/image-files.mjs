import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What the image is, as the Dockerfile says it; `image.test.ts` holds the two together. */
export const image = {
  name: 'sluice-controller',
  user: '65532:65532',
  ports: ['8080', '8090'],
  entrypoint: ['/usr/local/bin/node', '/app/sluice-controller.mjs'],
};

/** Of dist/ and the repository, what the controller loads; source maps would double its size. */
const appFiles = ['LICENSE', 'dist/sluice-controller.mjs', 'dist/sluice-controller.mjs.LEGAL.txt', 'dist/chunks/sluice-controller'];
/** glibc opens these by itself to look up hosts, so the dynamic linker does not name them. */
const hostLookup = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'];

/** @type {(lddOutput: string) => string[]} the files that a binary loads */
export function librariesIn(lddOutput) {
  return [...new Set(lddOutput.match(/(?<=\s)\/[^\s]+/g) ?? [])];
}

/**
 * Lays out the file system of the image in two folders, one for each layer: Node changes seldom, the bundle always.
 *
 * @param {{ root: string, folder: string, node: string, libraries: readonly string[] }} what `libraries` as librariesIn gives them
 * @returns {{ system: string, app: string }}
 */
export function stage({ root, folder, node, libraries }) {
  const system = path.join(folder, 'system');
  const app = path.join(folder, 'app');
  rmSync(folder, { recursive: true, force: true });
  copyTo(system, realpathSync(node), '/usr/local/bin/node');
  const folders = [...new Set(libraries.map((file) => path.dirname(file)))];
  const lookup = folders.flatMap((each) => hostLookup.map((file) => path.join(each, file))).filter((file) => existsSync(file));
  for (const file of [...libraries, ...lookup]) copyTo(system, realpathSync(file), file);
  mkdirSync(path.join(system, 'etc'));
  writeFileSync(path.join(system, 'etc', 'nsswitch.conf'), 'hosts: files dns\n');
  writeFileSync(path.join(system, 'etc', 'passwd'), 'sluice:x:65532:65532::/:/sbin/nologin\n');
  for (const file of appFiles) copyApp(path.join(root, file), path.join(app, file.replace(/^dist\//, '')));
  return { system, app };
}

/** @type {(system: string, from: string, to: string) => void} */
function copyTo(system, from, to) {
  const target = path.join(system, to);
  mkdirSync(path.dirname(target), { recursive: true });
  cpSync(from, target);
}

/** @type {(from: string, to: string) => void} */
function copyApp(from, to) {
  cpSync(from, to, { recursive: true, filter: (file) => !file.endsWith('.map') });
}

/** @type {(folder: string) => string[]} relative paths of all files */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)));
}
