import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { fieldOf, objectsOf } from '../src/lib/json.js';
import { filesBelow, image, librariesIn, stage } from './image-files.mjs';

const root = path.resolve(import.meta.dirname, '..');
const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');

describe('the image', () => {
  it('is the same by Dockerfile and by umoci', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toContain('\nFROM scratch\n');
    expect(last).toContain(`\nUSER ${image.user}\n`);
    expect(last).toContain(`\nEXPOSE ${image.ports.join(' ')}\n`);
    expect(last).toContain(`\nENTRYPOINT ${JSON.stringify(image.entrypoint).replaceAll(',', ', ')}\n`);
  });

  it('is the one the Deployment starts, as the user it has', () => {
    const deployment = load(readFileSync(path.join(root, 'manifests/base/deployment.yaml'), 'utf8'));
    const pod = fieldOf(fieldOf(fieldOf(deployment, 'spec'), 'template'), 'spec');
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { readonly version: string };
    expect(objectsOf(fieldOf(pod, 'containers')).map((container) => container['image'])).toEqual([`${image.name}:${version}`]);
    const { runAsUser, runAsGroup } = fieldOf(pod, 'securityContext') as { readonly runAsUser: number; readonly runAsGroup: number };
    expect(`${runAsUser}:${runAsGroup}`).toBe(image.user);
  });

  it('holds Node, its libraries and the bundle without source maps', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-image-'));
    const repository = path.join(folder, 'repository');
    const chunks = path.join(repository, 'dist/chunks/sluice-controller');
    mkdirSync(chunks, { recursive: true });
    for (const file of [
      'LICENSE',
      'dist/sluice-controller.mjs',
      'dist/sluice-controller.mjs.LEGAL.txt',
      'dist/sluice-controller.mjs.map',
    ]) {
      writeFileSync(path.join(repository, file), file);
    }
    writeFileSync(path.join(chunks, 'aws-1.mjs'), '');
    writeFileSync(path.join(chunks, 'aws-1.mjs.map'), '');
    const library = path.join(folder, 'libone.so');
    writeFileSync(library, '');
    const { system, app } = stage({ root: repository, folder: path.join(folder, 'stage'), node: library, libraries: [library] });
    expect(filesBelow(app).sort()).toEqual([
      'LICENSE',
      'chunks/sluice-controller/aws-1.mjs',
      'sluice-controller.mjs',
      'sluice-controller.mjs.LEGAL.txt',
    ]);
    expect(filesBelow(system).sort()).toEqual(['etc/nsswitch.conf', 'etc/passwd', library.slice(1), 'usr/local/bin/node'].sort());
  });
});

describe('librariesIn', () => {
  it('finds files by path, with and without an arrow, each once', () => {
    const text =
      '\tlinux-vdso.so.1 (0x7f)\n\tlibm.so.6 => /lib/libm.so.6 (0x7f)\n\t/lib64/ld-linux-x86-64.so.2 (0x7f)\n\tx => /lib/libm.so.6 (0x1)\n';
    expect(librariesIn(text)).toEqual(['/lib/libm.so.6', '/lib64/ld-linux-x86-64.so.2']);
  });
});
