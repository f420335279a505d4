import { isRelative, linted, onImports, resolveImport } from './imports.mjs';
import { moduleGraph, pathBetween } from './module-graph.mjs';
import { outsideFolders } from './rooms.mjs';

/**
 * Type imports count too: two files that need each other's types are one idea in two places, or lack a third file.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const noCycles = {
  meta: { type: 'problem', docs: { description: 'no file imports itself by way of others' }, schema: [] },
  create(context) {
    const file = linted(context);
    return onImports((node, { specifier }) => {
      if (!isRelative(specifier)) return;
      const graph = moduleGraph(context.cwd, ['src', ...outsideFolders]);
      const way = pathBetween(graph, resolveImport(file, specifier), file);
      if (way) context.report({ node, message: `Import cycle: ${[file, ...way].join(' -> ')}` });
    });
  },
};
