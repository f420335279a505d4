import { bannedIn, onGlobals } from './globals.mjs';
import { linted, onImports } from './imports.mjs';
import { isTestOfTheWorld, placeOf, schedulerFiles } from './rooms.mjs';

const bannedGlobals = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'AbortSignal.timeout', 'process.nextTick'],
  ...['Date.now', 'performance', 'process.hrtime', 'process.uptime'],
  ...['Math.random', 'crypto.getRandomValues'],
];

/** Modules that hand out time or chance; with names, only these exports of theirs do. */
const bannedModules = new Map([
  ['timers', undefined],
  ['timers/promises', undefined],
  ['perf_hooks', undefined],
  ['crypto', ['randomUUID', 'randomInt']],
]);

const advice = 'All time and chance comes from the Scheduler (src/lib/scheduler.ts), so that a simulation can replay it.';

/** @type {import('eslint').Rule.RuleModule} */
export const schedulerOnly = {
  meta: { type: 'problem', docs: { description: 'timers, clocks and randomness live in the scheduler alone' }, schema: [] },
  create(context) {
    const file = linted(context);
    if (isExempt(file)) return {};
    /** @type {(node: Node, what: string) => void} */
    const report = (node, what) => context.report({ node, message: `${what} is banned here. ${advice}` });
    return {
      ...onImports((node, { specifier }) => {
        const names = bannedModules.get(specifier.replace(/^node:/, ''));
        if (names !== undefined) reportNames(node, names, report);
        else if (bannedModules.has(specifier.replace(/^node:/, ''))) report(node, specifier);
      }),
      ...onGlobals(context, (node, name) => {
        const banned = bannedIn(name, bannedGlobals);
        if (banned !== undefined) report(node, banned);
        else if (name === 'Date' && readsTheClock(node)) report(node, 'Date without an argument');
      }),
      MemberExpression(node) {
        // Of the global crypto as well as of an imported one.
        const { property } = node;
        if (property.type === 'Identifier' && property.name === 'randomUUID') report(node, 'randomUUID');
      },
    };
  },
};

/** @typedef {import('eslint').Rule.Node} Node */

/** @type {(file: string) => boolean} */
function isExempt(file) {
  const place = placeOf(file);
  const subject = file.replace(/\.test\.ts$/, '.ts');
  return place.kind === 'outside' || schedulerFiles.includes(subject) || isTestOfTheWorld(place);
}

/** @type {(node: any, names: readonly string[], report: (node: Node, what: string) => void) => void} */
function reportNames(node, names, report) {
  for (const specifier of node.specifiers ?? []) {
    const name = specifier.imported?.name ?? specifier.local?.name;
    if (names.includes(name)) report(specifier, name);
  }
}

/** @type {(node: any) => boolean} `new Date()`, `Date()` */
function readsTheClock(node) {
  const { parent } = node;
  if (parent?.callee !== node) return false;
  return parent.type === 'CallExpression' || (parent.type === 'NewExpression' && parent.arguments.length === 0);
}
