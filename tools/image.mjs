/**
 * Builds the container image of the controller from dist/: `node tools/image.mjs`.
 *
 * With Docker or Podman, from the Dockerfile. Without either, with Debian's umoci (`apt-get install umoci skopeo`), which needs no daemon and
 * no network: this machine's Node and the bundle, as an OCI layout in .cache/image and, where skopeo is there too, as an archive that
 * `docker load` takes. ENGINE=docker|podman|umoci chooses one. Ends with 77 when none can be used.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { image, librariesIn, stage } from './image-files.mjs';
import { run } from './run.mjs';

/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {() => Promise<string | undefined>} lacks why it cannot be used; undefined: it can
 * @property {() => Promise<string>} build @returns what was made, for people
 */

const root = path.resolve(import.meta.dirname, '..');
const output = path.join(root, '.cache', 'image');
/** @type {string} */
const version = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version;
const tag = `${image.name}:${version}`;

/** @type {(command: readonly string[], env?: NodeJS.ProcessEnv) => Promise<string>} its output @throws {Error} when it fails */
async function must(command, env = process.env) {
  const { code, output: text } = await run(command, { cwd: root, env });
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${text.trim()}`);
  return text.trim();
}

/** @type {(...command: string[]) => Promise<boolean>} */
const succeeds = async (...command) => (await run(command, { cwd: root, timeoutMs: 20_000 })).code === 0;

/** @type {(name: string) => Engine} */
const engineWithDockerfile = (name) => ({
  name,
  lacks: async () => {
    if (!(await succeeds(name, '--version'))) return `there is no ${name}`;
    return (await succeeds(name, 'info')) ? undefined : `${name} has no engine running`;
  },
  build: async () => {
    const { code } = await run([name, 'build', '--tag', tag, '.'], { cwd: root, onOutput: (text) => process.stdout.write(text) });
    if (code !== 0) throw new Error(`${name} build ended with ${code}`);
    return `${tag}, which says ${await must([name, 'run', '--rm', tag, '--version'])}`;
  },
});

/** @type {Engine} */
const umoci = {
  name: 'umoci',
  lacks: async () => {
    if (process.platform !== 'linux') return "umoci packs this machine's Node, which is not for Linux";
    return (await succeeds('umoci', '--version')) ? undefined : 'there is no umoci (apt-get install umoci skopeo)';
  },
  build: async () => {
    const libraries = librariesIn(await must(['ldd', process.execPath]));
    const layers = stage({ root, folder: path.join(output, 'stage'), node: process.execPath, libraries });
    const layout = path.join(output, 'oci');
    await pack(layout, layers);
    const said = await tryOut(layout);
    rmSync(path.join(output, 'stage'), { recursive: true });
    return `.cache/image/oci, an OCI layout${said}${await archive(layout)}`;
  },
};

/** @type {(layout: string, layers: { system: string, app: string }) => Promise<void>} */
async function pack(layout, { system, app }) {
  rmSync(layout, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const named = `${layout}:${version}`;
  await must(['umoci', 'init', '--layout', layout]);
  await must(['umoci', 'new', '--image', named]);
  await must(['umoci', 'insert', '--image', named, system, '/']);
  await must(['umoci', 'insert', '--image', named, app, '/app']);
  await must([
    ...['umoci', 'config', '--image', named, '--config.user', image.user, '--os', 'linux'],
    ...image.entrypoint.flatMap((word) => ['--config.entrypoint', word]),
    ...image.ports.flatMap((port) => ['--config.exposedports', port]),
    ...['--config.env', 'PATH=/usr/local/bin', '--config.label', `org.opencontainers.image.version=${version}`],
  ]);
}

/** Unpacks what was packed and starts it there; only root may enter another root. @type {(layout: string) => Promise<string>} */
async function tryOut(layout) {
  if (process.getuid?.() !== 0) return '';
  const unpacked = path.join(output, 'unpacked');
  rmSync(unpacked, { recursive: true, force: true });
  await must(['umoci', 'unpack', '--image', `${layout}:${version}`, unpacked]);
  const command = ['chroot', `--userspec=${image.user}`, path.join(unpacked, 'rootfs'), ...image.entrypoint, '--version'];
  // Nothing of this machine's settings: the files they name are not in there.
  const said = await must(command, { PATH: process.env['PATH'] });
  rmSync(unpacked, { recursive: true });
  return `, which says ${said}`;
}

/** @type {(layout: string) => Promise<string>} */
async function archive(layout) {
  if (!(await succeeds('skopeo', '--version'))) return '; with skopeo there would be an archive for docker load, too';
  const file = path.join(output, `${image.name}.tar`);
  rmSync(file, { force: true });
  await must(['skopeo', 'copy', '--quiet', `oci:${layout}:${version}`, `docker-archive:${file}:${tag}`]);
  return `; .cache/image/${image.name}.tar for docker load, ${Math.round(statSync(file).size / 1024 ** 2)} MB`;
}

/** @type {() => Promise<number>} the exit code */
async function main() {
  if (!existsSync(path.join(root, 'dist', 'sluice-controller.mjs'))) {
    console.error('dist/sluice-controller.mjs is not there: make build');
    return 1;
  }
  const wanted = process.env['ENGINE'];
  const engines = [engineWithDockerfile('docker'), engineWithDockerfile('podman'), umoci].filter(({ name }) => name === (wanted ?? name));
  const reasons = [];
  for (const engine of engines) {
    const lack = await engine.lacks();
    if (lack === undefined) {
      console.log(`made with ${engine.name}: ${await engine.build()}`);
      return 0;
    }
    reasons.push(lack);
  }
  console.log(`skipped: ${reasons.join('; ') || `no engine is called ${wanted}`}`);
  return 77;
}

process.exitCode = await main();
