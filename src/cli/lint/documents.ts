import { argoGroup, type KubeObject } from '../../api/kube.js';
import { errorMessage } from '../../lib/errors.js';
import { fieldOf, isPlainObject } from '../../lib/json.js';
import type { SourceText } from '../files/read-files.js';
import { parseYamlDocuments, type YamlDocument } from '../files/yaml-documents.js';
import type { Finding, LintDocument } from './types.js';

/** The objects of all texts, members of a List among them, and what could not be read. */
export function readDocuments(texts: readonly SourceText[]): {
  readonly documents: readonly LintDocument[];
  readonly findings: readonly Finding[];
} {
  const documents: LintDocument[] = [];
  const findings: Finding[] = [];
  for (const { source, text } of texts) {
    try {
      for (const document of parseYamlDocuments(text, source)) documents.push(...objectsOf(source, document, findings));
    } catch (error) {
      findings.push(unreadable(source, errorMessage(error)));
    }
  }
  return { documents, findings };
}

function objectsOf(source: string, document: YamlDocument, findings: Finding[]): readonly LintDocument[] {
  const { value } = document;
  const items = fieldOf(value, 'items');
  if (isPlainObject(value) && String(value['kind']).endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item: unknown, i) =>
      objectsOf(
        source,
        { value: item, ambiguous: i === 0 ? document.ambiguous : [], lineOf: (path) => document.lineOf(['items', i, ...path]) },
        findings,
      ),
    );
  }
  const raw = objectOf(value);
  if (raw === undefined) {
    if (isOurs(value)) findings.push({ ...unreadable(source, 'apiVersion, kind or metadata.name is missing'), line: document.lineOf([]) });
    return [];
  }
  return [{ source, raw, ambiguous: document.ambiguous, lineOf: (path) => document.lineOf(path) }];
}

/** Foreign documents (values files, kustomizations) are no business of ours. */
function isOurs(value: unknown): boolean {
  return String(fieldOf(value, 'apiVersion')).startsWith(`${argoGroup}/`);
}

function objectOf(value: unknown): KubeObject | undefined {
  const metadata = fieldOf(value, 'metadata');
  if (!isPlainObject(value) || !isPlainObject(metadata)) return undefined;
  const { apiVersion, kind } = value;
  const name = metadata['name'] ?? metadata['generateName'];
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return undefined;
  return { ...value, apiVersion, kind, metadata: { uid: '', resourceVersion: '', creationTimestamp: '', ...metadata, name } };
}

/** js-yaml's message begins with the file and, mostly, the line. */
function unreadable(source: string, text: string): Finding {
  const rest = text.startsWith(source) ? text.slice(source.length) : `: ${text}`;
  const match = /^(?::(\d+))?: (.*)$/s.exec(rest);
  return { source, line: Number(match?.[1] ?? 1), severity: 'error', object: '', path: '', message: match?.[2] ?? text };
}
