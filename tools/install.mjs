/**
 * Brings node_modules to what the lock file says, and does nothing when it is there already. Loads no package: it runs before there is any.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname, '..');
const lockFolder = path.join(root, '.cache', 'install.lock');
const oldestNode = [20, 19];

/**
 * @typedef {{ readonly version?: string, readonly optional?: boolean, readonly devOptional?: boolean, readonly link?: boolean }} LockedPackage
 * @typedef {{ readonly packages?: Readonly<Record<string, LockedPackage>> }} LockFile
 */

/**
 * Whether an installation, as npm describes it in node_modules/.package-lock.json, is the one the lock file asks for.
 * Optional packages may be missing: they are the binaries of other platforms.
 *
 * @param {LockFile} wanted
 * @param {LockFile} installed
 */
export function isInstalled(wanted, installed) {
  return Object.entries(wanted.packages ?? {}).every(([place, locked]) => {
    if (place === '' || locked.link) return true;
    const found = installed.packages?.[place];
    return found ? found.version === locked.version : Boolean(locked.optional ?? locked.devOptional);
  });
}

/** @type {(version: string) => boolean} */
export function isNodeRecentEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/** @type {(file: string) => LockFile} */
const readLock = (file) => (existsSync(path.join(root, file)) ? JSON.parse(readFileSync(path.join(root, file), 'utf8')) : {});

const isUpToDate = () => isInstalled(readLock('package-lock.json'), readLock('node_modules/.package-lock.json'));

/** @type {() => boolean} */
function takeLock() {
  mkdirSync(path.dirname(lockFolder), { recursive: true });
  try {
    mkdirSync(lockFolder);
    writeFileSync(path.join(lockFolder, 'pid'), String(process.pid));
    return true;
  } catch {
    return false;
  }
}

/** Two `make` at once must not both empty node_modules. A lock whose owner is gone counts for nothing. */
async function waitForLock() {
  while (!takeLock()) {
    await sleep(200);
    if (!isOwnerAlive()) rmSync(lockFolder, { recursive: true, force: true });
  }
}

function isOwnerAlive() {
  try {
    process.kill(Number(readFileSync(path.join(lockFolder, 'pid'), 'utf8')), 0);
    return true;
  } catch {
    return false;
  }
}

function npmCi() {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return result.status === 0;
}

/** @type {() => Promise<number>} the exit code */
async function main() {
  if (!isNodeRecentEnough(process.version)) {
    console.error(`Node ${oldestNode.join('.')} or newer is needed; this is ${process.version}.`);
    return 1;
  }
  if (isUpToDate()) return 0;
  await waitForLock();
  try {
    if (isUpToDate()) return 0;
    console.log('installing the packages of package-lock.json');
    return npmCi() || npmCi() ? 0 : 1;
  } finally {
    rmSync(lockFolder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await main();
