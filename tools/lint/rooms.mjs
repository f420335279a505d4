/**
 * The rooms of `src/` and what each may touch: the one place where the layout is written down for machines.
 * Every rule in this folder reads these tables; to open a door, change a line here and say why in the commit.
 */

/**
 * A door from one room into another.
 * - `all`: any import
 * - `types`: `import type` only, so nothing of that room is loaded at run time
 * - `lazy`: `import()` and `import type` only, so the room is loaded when it is used
 *
 * @typedef {object} Door
 * @property {string} room
 * @property {'all' | 'types' | 'lazy'} how
 * @property {readonly string[]} [files] only these files of the room, relative to it
 */

/**
 * @typedef {object} Room
 * @property {readonly Door[]} doors
 * @property {readonly string[]} [entries] the only files that other rooms may import; any file when absent
 * @property {readonly string[]} [sharedFolders] present where each folder of the room is one implementation that imports no sibling;
 *   names the folders all of them may use. `registry.ts` alone gathers the implementations
 * @property {readonly string[]} [purePackages] present where the room is pure and synchronous; names the packages it may use all the same
 * @property {boolean} [readsEnvironment] may read `process.env`
 * @property {boolean} [printsToConsole] may call `console`
 * @property {boolean} [testsTouchTheWorld] its unit tests talk to sockets, files or processes, so they may use real timers and the environment
 */

/** @type {(...rooms: string[]) => Door[]} */
const all = (...rooms) => rooms.map((room) => ({ room, how: 'all' }));
/** @type {(room: string, files?: string[]) => Door} */
const types = (room, files) => ({ room, how: 'types', ...(files && { files }) });
/** @type {(room: string) => Door} */
const lazy = (room) => ({ room, how: 'lazy' });

/**
 * From the bottom to the top: a room opens doors only to rooms named before it, so rooms cannot form a cycle.
 *
 * @type {Readonly<Record<string, Room>>}
 */
export const rooms = {
  lib: { doors: [] },
  api: { doors: all('lib') },
  core: { doors: all('api', 'lib'), purePackages: ['dequal', 'fast-json-patch', 'jsonpath-rfc9535', 're2js'] },
  // index.ts loads transport and reflector; cluster.ts is the port alone, for rooms that need no more than its types and errors.
  cluster: { doors: all('api', 'lib'), entries: ['index.ts', 'cluster.ts'], testsTouchTheWorld: true },
  'cluster/kube': { doors: all('cluster', 'api', 'lib'), testsTouchTheWorld: true },
  runtime: { doors: all('cluster', 'api', 'lib') },
  telemetry: { doors: all('cluster', 'api', 'lib'), testsTouchTheWorld: true },
  observe: { doors: [types('core'), ...all('runtime', 'cluster', 'api', 'lib')] },
  traffic: { doors: [types('core'), ...all('cluster', 'api', 'lib')], sharedFolders: ['http'], testsTouchTheWorld: true },
  'metric-providers': { doors: [types('core'), ...all('cluster', 'api', 'lib')], sharedFolders: ['http'], testsTouchTheWorld: true },
  controller: {
    doors: [
      ...all('observe', 'core', 'runtime', 'telemetry', 'cluster', 'api', 'lib'),
      types('traffic', ['router.ts']),
      types('metric-providers', ['provider.ts']),
    ],
  },
  'local-cluster': { doors: all('runtime', 'cluster', 'api', 'lib'), testsTouchTheWorld: true },
  sim: {
    doors: all(
      ...['lib', 'api', 'core', 'cluster', 'runtime', 'telemetry', 'observe'],
      ...['traffic', 'metric-providers', 'controller', 'local-cluster'],
    ),
  },
  cli: {
    doors: [...all('observe', 'core', 'cluster', 'cluster/kube', 'api', 'lib'), lazy('sim'), lazy('local-cluster')],
    readsEnvironment: true,
    printsToConsole: true,
    testsTouchTheWorld: true,
  },
  dashboard: { doors: all('observe', 'core', 'cluster', 'api', 'lib'), testsTouchTheWorld: true },
  // The composition roots: config.ts reads flags and environment once, main.ts wires the controller, demo/ wires it to the local cluster.
  config: { doors: all('api', 'lib'), readsEnvironment: true, testsTouchTheWorld: true },
  main: {
    doors: all(
      ...['lib', 'api', 'core', 'cluster', 'cluster/kube', 'runtime', 'telemetry', 'observe'],
      ...['traffic', 'metric-providers', 'controller', 'config'],
    ),
    testsTouchTheWorld: true,
  },
  demo: {
    doors: all(
      ...['lib', 'api', 'core', 'cluster', 'cluster/kube', 'runtime', 'telemetry', 'observe'],
      ...['traffic', 'metric-providers', 'controller', 'local-cluster', 'sim', 'cli'],
    ),
    readsEnvironment: true,
    printsToConsole: true,
    testsTouchTheWorld: true,
  },
};

/** Builders, fakes and conformance suites: they may import every room, and only tests may import them. */
export const testingRoom = 'testing';

/** Beside `src/`: whole-system stories, measurements and build scripts. They may use anything; nothing in `src/` may use them. */
export const outsideFolders = ['e2e', 'bench', 'tools'];

/** The files that may ask for time, timers and chance: the real scheduler, and the virtual one, which must see that nobody can run. */
export const schedulerFiles = ['src/lib/scheduler.ts', 'src/lib/virtual-scheduler.ts'];

/**
 * Packages kept behind a door, and the rooms that have the key. A package that is not named is free, except in a pure room.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const packages = {
  '@kubernetes/client-node': ['cluster/kube'],
  axios: ['traffic', 'metric-providers'],
  'p-retry': ['cluster', 'traffic', 'metric-providers'],
  winston: ['telemetry'],
  'prom-client': ['telemetry'],
};

/**
 * Where a file stands.
 * - `room`: a file of `src/` in a room of the table
 * - `testing`: a file of the testing room
 * - `outside`: a file beside `src/`
 * - `nowhere`: a file of `src/` whose folder is in no table
 *
 * @typedef {object} Place
 * @property {'room' | 'testing' | 'outside' | 'nowhere'} kind
 * @property {string} room
 * @property {string} inRoom path relative to the room
 * @property {boolean} isTest
 */

/** @type {(path: string) => boolean} */
const isTestFile = (path) => /\.test\.[cm]?tsx?$/.test(path);

/**
 * @param {string} path relative to the repository, with forward slashes
 * @returns {Place}
 */
export function placeOf(path) {
  const isTest = isTestFile(path);
  const [top = '', ...rest] = path.split('/');
  if (top !== 'src') return { kind: 'outside', room: top, inRoom: rest.join('/'), isTest };
  const inSrc = rest.join('/');
  if (rest.length === 1) return placeOfRootFile(inSrc, isTest);
  if (rest[0] === testingRoom) return { kind: 'testing', room: testingRoom, inRoom: rest.slice(1).join('/'), isTest };
  const room = Object.keys(rooms)
    .filter((name) => inSrc.startsWith(`${name}/`))
    .sort((a, b) => b.length - a.length)[0];
  if (room === undefined) return { kind: 'nowhere', room: rest[0] ?? '', inRoom: inSrc, isTest };
  return { kind: 'room', room, inRoom: inSrc.slice(room.length + 1), isTest };
}

/** @type {(name: string, isTest: boolean) => Place} A file directly in `src/` is a room of its own: main.ts, config.ts. */
function placeOfRootFile(name, isTest) {
  const room = name.replace(/(\.test)?\.[cm]?tsx?$/, '');
  return { kind: Object.hasOwn(rooms, room) ? 'room' : 'nowhere', room, inRoom: name, isTest };
}

/** @type {(place: Place) => boolean} Code that ships, as opposed to what only tests, measures or builds it. */
export const isProduct = (place) => (place.kind === 'room' || place.kind === 'nowhere') && !place.isTest;

/** @type {(place: Place) => boolean} A unit test that may use real timers and the environment, as its subject is a socket or a process. */
export const isTestOfTheWorld = (place) => place.isTest && place.kind === 'room' && rooms[place.room]?.testsTouchTheWorld === true;
