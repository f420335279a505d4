import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import { sluice } from './plugin.mjs';
import { packages, placeOf, rooms, testingRoom } from './rooms.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const names = Object.keys(rooms);

describe('the rooms table', () => {
  it.each(names)('opens %s only to rooms above it, so that rooms form no cycle', (name) => {
    const above = names.slice(0, names.indexOf(name));
    expect((rooms[name]?.doors ?? []).map((door) => door.room).filter((room) => !above.includes(room))).toEqual([]);
  });

  it('knows every folder of src/', () => {
    const folders = readdirSync(path.join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const known = new Set([...names, testingRoom]);
    expect(folders.map((folder) => folder.name).filter((name) => !known.has(name))).toEqual([]);
  });

  it('gives keys for packages to rooms that exist', () => {
    expect(
      Object.values(packages)
        .flat()
        .filter((room) => !names.includes(room)),
    ).toEqual([]);
  });
});

describe('placeOf', () => {
  it.each([
    { file: 'src/core/rollout/plan.ts', kind: 'room', room: 'core', inRoom: 'rollout/plan.ts', isTest: false },
    { file: 'src/core/rollout/plan.test.ts', kind: 'room', room: 'core', inRoom: 'rollout/plan.test.ts', isTest: true },
    { file: 'src/cluster/transport.ts', kind: 'room', room: 'cluster', inRoom: 'transport.ts', isTest: false },
    { file: 'src/cluster/kube/config.ts', kind: 'room', room: 'cluster/kube', inRoom: 'config.ts', isTest: false },
    { file: 'src/main.ts', kind: 'room', room: 'main', inRoom: 'main.ts', isTest: false },
    { file: 'src/config.test.ts', kind: 'room', room: 'config', inRoom: 'config.test.ts', isTest: true },
    { file: 'src/testing/builders.ts', kind: 'testing', room: 'testing', inRoom: 'builders.ts', isTest: false },
    { file: 'src/attic/old.ts', kind: 'nowhere', room: 'attic', inRoom: 'attic/old.ts', isTest: false },
    { file: 'e2e/stories/abort.ts', kind: 'outside', room: 'e2e', inRoom: 'stories/abort.ts', isTest: false },
  ])('puts $file into $room', ({ file, ...place }) => {
    expect(placeOf(file)).toEqual(place);
  });
});

describe('the ESLint configuration', () => {
  it.each(['src/core/rollout/plan.ts', 'src/traffic/nginx/index.test.ts', 'e2e/main.ts', 'tools/build.mjs'])(
    'has every house rule switched on for %s',
    async (file) => {
      const config = (await new ESLint({ cwd: root }).calculateConfigForFile(path.join(root, file))) as {
        rules: Record<string, unknown[]>;
      };
      const severities = Object.keys(sluice.rules).map((rule) => config.rules[`sluice/${rule}`]?.[0]);
      expect(severities).toEqual(severities.map(() => 2));
    },
  );
});
