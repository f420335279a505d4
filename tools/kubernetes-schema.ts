/**
 * Takes what the CRDs embed (pod templates, Jobs) out of Kubernetes' published OpenAPI document and writes it to
 * src/api/schema/kubernetes.generated.ts, which is committed, so that nothing else needs Go or the document:
 *
 *   node --import tsx tools/kubernetes-schema.ts
 *
 * The version is the one e2e/control-plane pins. To be run again when that moves.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isPlainObject } from '../src/lib/json.js';

const root = path.resolve(import.meta.dirname, '..');
const wanted = ['io.k8s.api.core.v1.PodTemplateSpec', 'io.k8s.api.batch.v1.JobSpec'];
const prefix = '#/definitions/';

type Node = Readonly<Record<string, unknown>>;

function main(): void {
  const module = path.join(root, 'e2e/control-plane/kubernetes');
  const version = execFileSync('go', ['list', '-m', '-f', '{{.Version}}', 'k8s.io/kubernetes'], { cwd: module, encoding: 'utf8' }).trim();
  const folder = execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', 'k8s.io/kubernetes'], { cwd: module, encoding: 'utf8' }).trim();
  const document: unknown = JSON.parse(readFileSync(path.join(folder, 'api/openapi-spec/swagger.json'), 'utf8'));
  const definitions = isPlainObject(document) && isPlainObject(document['definitions']) ? document['definitions'] : {};
  const names = reachable(definitions, wanted);
  if (new Set(names.map(shortName)).size < names.length) throw new Error('two definitions have the same short name');
  const reduced = names.map((name): [string, unknown] => [shortName(name), reduce(definitions[name])]);
  writeFileSync(path.join(root, 'src/api/schema/kubernetes.generated.ts'), moduleText(version, Object.fromEntries(reduced)));
}

function moduleText(version: string, definitions: Node): string {
  return [
    `// Made by tools/kubernetes-schema.ts from the OpenAPI document of Kubernetes ${version}.`,
    "import type { KubernetesSchema } from './kubernetes-schema.js';",
    '',
    'export const definitions: Readonly<Record<string, KubernetesSchema>> = {',
    ...Object.entries(definitions).map(([name, definition]) => `  ${JSON.stringify(name)}: ${JSON.stringify(definition)},`),
    '};',
    '',
  ].join('\n');
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function reachable(definitions: Node, roots: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const reference of references(definitions[name])) visit(reference);
  };
  for (const name of roots) visit(name);
  return [...found].sort();
}

function references(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(references);
  if (!isPlainObject(node)) return [];
  const own = node['$ref'];
  return [...(typeof own === 'string' ? [own.slice(prefix.length)] : []), ...Object.values(node).flatMap(references)];
}

const keptKeywords = ['type', 'format', 'required', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-map-type'];

function reduce(node: unknown): unknown {
  if (!isPlainObject(node)) return {};
  const reference = node['$ref'];
  return {
    ...(typeof node['description'] === 'string' && { description: firstSentence(node['description']) }),
    ...Object.fromEntries(keptKeywords.filter((key) => node[key] !== undefined).map((key) => [key, node[key]])),
    ...(typeof reference === 'string' && { ref: shortName(reference) }),
    ...(isPlainObject(node['properties']) && {
      properties: Object.fromEntries(Object.entries(node['properties']).map(([key, value]) => [key, reduce(value)])),
    }),
    ...(isPlainObject(node['items']) && { items: reduce(node['items']) }),
    ...(isPlainObject(node['additionalProperties']) && { additionalProperties: reduce(node['additionalProperties']) }),
  };
}

const longestDescription = 85;

/** What `kubectl explain` needs to say what a field is; the rest is in Kubernetes' own documentation, and would not fit into a CRD. */
function firstSentence(description: string): string {
  const line = description.split('\n')[0] ?? '';
  const end = /[.:](?=\s+[A-Z"'])/.exec(line.replace(/\b(e\.g|i\.e|etc)\./gi, (match) => match.replaceAll('.', '\u0000')));
  const sentence = (end === null ? line : line.slice(0, end.index + 1)).trim();
  if (sentence.length <= longestDescription) return sentence;
  const words = sentence.slice(0, longestDescription - 3);
  return `${words.slice(0, words.lastIndexOf(' '))}...`;
}

main();
