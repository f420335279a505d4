import { bannedIn, onGlobals } from './globals.mjs';
import { isRelative, linted, onImports, packageOf, resolveImport } from './imports.mjs';
import { moduleGraph, pathAtRunTime } from './module-graph.mjs';
import { placeOf, rooms } from './rooms.mjs';

/** @typedef {import('eslint').Rule.Node} Node */

const bannedGlobals = [
  ...['process', 'console', 'fetch', 'crypto', 'performance', 'Date', 'Buffer', 'WebSocket', 'AbortController', 'AbortSignal', 'Promise'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'require'],
];

/**
 * A pure room computes and does nothing else: no module of Node, no clock, no I/O, no promise, neither in its own files nor in
 * what these load from other rooms.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const pure = {
  meta: { type: 'problem', docs: { description: 'a pure room stays pure and synchronous' }, schema: [] },
  create(context) {
    const file = linted(context);
    const place = placeOf(file);
    const allowed = rooms[place.room]?.purePackages;
    if (place.kind !== 'room' || place.isTest || allowed === undefined) return {};
    /** @type {(node: Node, message: string) => void} */
    const report = (node, message) => context.report({ node, message: `${place.room} is pure and synchronous: ${message}` });
    return {
      ...onImports((node, { specifier, how }) => {
        if (how === 'type') return;
        if (!isRelative(specifier)) {
          if (!allowed.includes(packageOf(specifier))) report(node, `it must not load ${specifier}.`);
          return;
        }
        const graph = moduleGraph(context.cwd, ['src']);
        const way = pathAtRunTime(graph, resolveImport(file, specifier), (each) => loadsNode(graph, each));
        if (way) report(node, `this import loads a module of Node by way of ${way.join(' -> ')}.`);
      }),
      ...onGlobals(context, (node, name) => {
        const banned = bannedIn(name, bannedGlobals);
        if (banned !== undefined) report(node, `it must not use ${banned}.`);
      }),
      ':function[async=true]': (/** @type {Node} */ node) => report(node, 'no async function.'),
      AwaitExpression: (node) => report(node, 'no await.'),
    };
  },
};

/** @type {(graph: import('./module-graph.mjs').ModuleGraph, file: string) => boolean} */
const loadsNode = (graph, file) => (graph.get(file) ?? []).some(({ specifier, how }) => how !== 'type' && specifier.startsWith('node:'));
