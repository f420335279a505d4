import path from 'node:path';

/**
 * One import of a file, however it is spelled.
 *
 * @typedef {object} Import
 * @property {string} specifier
 * @property {'value' | 'type' | 'dynamic'} how
 */

/** @type {(specifier: string) => boolean} */
export const isRelative = (specifier) => specifier.startsWith('./') || specifier.startsWith('../');

/** @type {(specifier: string) => string} 'p-retry' of 'p-retry/sub', '@a/b' of '@a/b/c' */
export function packageOf(specifier) {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/**
 * The source file a relative import means: TypeScript's are written with the extension they get when compiled.
 *
 * @param {string} from importing file, relative to the repository, with forward slashes
 * @param {string} specifier
 */
export function resolveImport(from, specifier) {
  const target = path.posix.join(path.posix.dirname(from), specifier);
  return target.replace(/\.js$/, '.ts').replace(/\.jsx$/, '.tsx');
}

/**
 * Calls `visit` for every static, re-exporting, dynamic and type import of the linted file.
 *
 * @param {(node: import('eslint').Rule.Node, found: Import) => void} visit
 * @returns {import('eslint').Rule.RuleListener}
 */
export function onImports(visit) {
  /** @type {(node: any, how: Import['how']) => void} Nodes of typescript-eslint have fields that eslint's own types do not know. */
  const report = (node, how) => {
    const literal = node.source ?? node.argument;
    if (typeof literal?.value === 'string') visit(node, { specifier: literal.value, how });
  };
  return {
    ImportDeclaration: (/** @type {any} */ node) => report(node, node.importKind === 'type' ? 'type' : 'value'),
    ExportNamedDeclaration: (/** @type {any} */ node) => report(node, node.exportKind === 'type' ? 'type' : 'value'),
    ExportAllDeclaration: (/** @type {any} */ node) => report(node, node.exportKind === 'type' ? 'type' : 'value'),
    ImportExpression: (/** @type {any} */ node) => report(node, 'dynamic'),
    TSImportType: (/** @type {any} */ node) => report(node, 'type'),
  };
}

/**
 * @param {import('eslint').Rule.RuleContext} context
 * @returns {string} the linted file relative to the repository, with forward slashes
 */
export const linted = (context) => path.relative(context.cwd, context.filename).split(path.sep).join('/');
