import { isRelative, linted, onImports, packageOf, resolveImport } from './imports.mjs';
import { packages, placeOf, rooms, testingRoom } from './rooms.mjs';

/** @typedef {import('./rooms.mjs').Place} Place */
/** @typedef {import('./imports.mjs').Import} Import */

/** @type {import('eslint').Rule.RuleModule} */
export const roomImports = {
  meta: { type: 'problem', docs: { description: 'a room imports only what the rooms table opens to it' }, schema: [] },
  create(context) {
    const file = linted(context);
    return onImports((node, found) => {
      const message = complaintAbout(file, found);
      if (message !== undefined) context.report({ node, message });
    });
  },
};

/** @type {(file: string, found: Import) => string | undefined} */
function complaintAbout(file, found) {
  const from = placeOf(file);
  if (from.kind === 'outside') return undefined;
  if (!isRelative(found.specifier)) return complaintAboutPackage(from, found.specifier);
  return complaintAboutFile(from, placeOf(resolveImport(file, found.specifier)), found);
}

/** @type {(from: Place, specifier: string) => string | undefined} */
function complaintAboutPackage(from, specifier) {
  const name = packageOf(specifier);
  const keys = packages[name];
  if (keys === undefined || keys.includes(from.room)) return undefined;
  return `${name} stays inside ${list(keys)}; ${from.room} gets what it needs handed in.`;
}

/** @type {(from: Place, to: Place, found: Import) => string | undefined} */
function complaintAboutFile(from, to, found) {
  if (to.kind === 'outside') return `src/ never imports ${to.room}/.`;
  if (to.kind === 'nowhere') return `src/${to.inRoom} is in no room: the rooms are listed in tools/lint/rooms.mjs.`;
  if (from.kind === 'testing') return undefined;
  if (to.kind === 'testing') return from.isTest ? undefined : `src/${testingRoom}/ is for tests only.`;
  if (from.room === to.room) return complaintAboutSibling(from, to);
  return from.isTest ? undefined : complaintAboutDoor(from, to, found);
}

/** @type {(from: Place, to: Place) => string | undefined} */
function complaintAboutSibling(from, to) {
  const shared = rooms[from.room]?.sharedFolders;
  const target = folderOf(to);
  if (!shared || target === undefined || shared.includes(target)) return undefined;
  const source = folderOf(from);
  if (source === target || (source === undefined && (from.inRoom === 'registry.ts' || from.isTest))) return undefined;
  return source === undefined
    ? `Only ${from.room}/registry.ts gathers implementations; this file must not know ${target}.`
    : `An implementation never imports a sibling: ${source} must not know ${target}.`;
}

/** @type {(place: Place) => string | undefined} The implementation a file belongs to. */
const folderOf = (place) => (place.inRoom.includes('/') ? place.inRoom.split('/')[0] : undefined);

/** @type {(from: Place, to: Place, found: Import) => string | undefined} */
function complaintAboutDoor(from, to, found) {
  const doors = rooms[from.room]?.doors ?? [];
  const door = doors.find((candidate) => candidate.room === to.room);
  if (door === undefined) return `${from.room} may import ${list(doors.map((each) => each.room))}; not ${to.room}.`;
  if (door.how === 'types' && found.how !== 'type') return `${from.room} may only \`import type\` from ${to.room}.`;
  if (door.how === 'lazy' && found.how === 'value')
    return `${from.room} loads ${to.room} by import(), so that it costs nothing until used.`;
  const isInside = from.room.startsWith(`${to.room}/`);
  const files = door.files ?? (isInside ? undefined : rooms[to.room]?.entries);
  if (files && !files.includes(to.inRoom)) return `${from.room} reaches ${to.room} through ${list(files)} only.`;
  return undefined;
}

/** @type {(words: readonly string[]) => string} */
const list = (words) => (words.length === 0 ? 'nothing' : words.join(', '));
