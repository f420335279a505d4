import { bannedIn, onGlobals } from './globals.mjs';
import { linted, onImports } from './imports.mjs';
import { isTestOfTheWorld, placeOf, rooms } from './rooms.mjs';

/** @typedef {import('eslint').Rule.Node} Node */

/**
 * What a program is told and what it says both go through arguments: settings are read once, in config.ts, and logs go to the logger
 * that was handed in.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const ambient = {
  meta: { type: 'problem', docs: { description: 'process.env and console only where the rooms table says so' }, schema: [] },
  create(context) {
    const place = placeOf(linted(context));
    if (place.kind === 'outside' || isTestOfTheWorld(place)) return {};
    const room = rooms[place.room];
    return {
      ...onImports((node, { specifier, how }) => {
        // `import process from 'node:process'` would be a local name, which the look at globals does not see.
        if (how !== 'type' && /^(node:)?(process|console)$/.test(specifier)) {
          context.report({ node, message: `Use the global instead of importing ${specifier}, so that its use is seen.` });
        }
      }),
      ...onGlobals(context, (/** @type {Node} */ node, name) => {
        if (!room?.readsEnvironment && bannedIn(name, ['process.env'])) {
          context.report({ node, message: 'process.env is read in config.ts alone; take the value as an argument.' });
        }
        if (!room?.printsToConsole && bannedIn(name, ['console'])) {
          context.report({ node, message: 'Use the logger that was handed in, not console.' });
        }
      }),
    };
  },
};
