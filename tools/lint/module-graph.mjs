import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { isRelative, resolveImport } from './imports.mjs';

/** @typedef {import('./imports.mjs').Import} Import */
/** @typedef {ReadonlyMap<string, readonly Import[]>} ModuleGraph imports by file; files are relative to the root, with forward slashes */

/** @type {Map<string, ModuleGraph>} */
const graphs = new Map();

/**
 * The imports between all files of the folders, read once per process: a lint run sees one state of the tree.
 *
 * @param {string} root
 * @param {readonly string[]} folders
 * @returns {ModuleGraph}
 */
export function moduleGraph(root, folders) {
  const known = graphs.get(root);
  if (known) return known;
  const files = folders.flatMap((folder) => sourceFiles(root, folder));
  const graph = new Map(files.map((file) => [file, importsOf(file, readFileSync(path.join(root, file), 'utf8'))]));
  graphs.set(root, graph);
  return graph;
}

/** @type {(root: string, folder: string) => string[]} */
function sourceFiles(root, folder) {
  const start = path.join(root, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|tsx|mjs)$/.test(file) && !file.includes('node_modules'))
    .map((file) => `${folder}/${file.split(path.sep).join('/')}`);
}

/** @type {(file: string, text: string) => Import[]} */
function importsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, false);
  /** @type {Import[]} */
  const found = [];
  /** @type {(node: ts.Node) => void} */
  const visit = (node) => {
    const each = importAt(node);
    if (each) found.push(each);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** @type {(node: ts.Node) => Import | undefined} */
function importAt(node) {
  if (ts.isImportDeclaration(node)) return named(node.moduleSpecifier, node.importClause?.isTypeOnly ? 'type' : 'value');
  if (ts.isExportDeclaration(node)) return named(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'value');
  if (ts.isImportTypeNode(node)) return named(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, 'type');
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return named(node.arguments[0], 'dynamic');
  return undefined;
}

/** @type {(specifier: ts.Node | undefined, how: Import['how']) => Import | undefined} */
const named = (specifier, how) => (specifier && ts.isStringLiteralLike(specifier) ? { specifier: specifier.text, how } : undefined);

/**
 * The shortest way along relative imports from `from` to `to`.
 *
 * @param {ModuleGraph} graph
 * @param {string} from
 * @param {string} to
 * @returns {string[] | undefined} the files on the way, both ends included
 */
export function pathBetween(graph, from, to) {
  return search(
    graph,
    from,
    (file) => file === to,
    () => true,
  );
}

/**
 * The shortest way along imports that are loaded at run time from `from` to a file for which `isFound` holds.
 *
 * @param {ModuleGraph} graph
 * @param {string} from
 * @param {(file: string) => boolean} isFound
 * @returns {string[] | undefined}
 */
export function pathAtRunTime(graph, from, isFound) {
  return search(graph, from, isFound, (found) => found.how !== 'type');
}

/** @type {(graph: ModuleGraph, from: string, isFound: (file: string) => boolean, counts: (found: Import) => boolean) => string[] | undefined} */
function search(graph, from, isFound, counts) {
  /** @type {Map<string, string | undefined>} */
  const cameFrom = new Map([[from, undefined]]);
  for (const file of cameFrom.keys()) {
    if (isFound(file)) return wayTo(file, cameFrom);
    for (const found of graph.get(file) ?? []) {
      if (!isRelative(found.specifier) || !counts(found)) continue;
      const next = resolveImport(file, found.specifier);
      if (!cameFrom.has(next)) cameFrom.set(next, file);
    }
  }
  return undefined;
}

/** @type {(file: string, cameFrom: ReadonlyMap<string, string | undefined>) => string[]} */
function wayTo(file, cameFrom) {
  const way = [file];
  for (let previous = cameFrom.get(file); previous !== undefined; previous = cameFrom.get(previous)) way.unshift(previous);
  return way;
}
