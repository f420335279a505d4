import { CORE_SCHEMA, loadAll, Type, YAMLException, type EventType, type State } from 'js-yaml';
import { ControllerError, errorMessage } from '../../lib/errors.js';
import { isPlainObject } from '../../lib/json.js';

export type FieldPath = readonly (string | number)[];

export interface YamlDocument {
  readonly value: unknown;
  /** 1-based line of the value at that path, or of the nearest thing around it. */
  lineOf(path: FieldPath): number;
  /** Scalars that kubectl, which reads YAML 1.1, takes for something else than YAML 1.2 does. */
  readonly ambiguous: readonly AmbiguousScalar[];
}

export interface AmbiguousScalar {
  readonly line: number;
  /** As written. */
  readonly text: string;
  /** What kubectl makes of it: `true`, `8`. */
  readonly kubectl: string;
}

/** Aliases are cheap to write and dear to expand ("billion laughs"): a document with more nodes than this is refused. */
const mostNodes = 1_000_000;

/** YAML 1.2 without timestamps, which would become Dates, but with the merge key `<<`, which people use for anchors. */
const mergeKey = new Type('tag:yaml.org,2002:merge', { kind: 'scalar', resolve: (text) => text === '<<' });
const schema = CORE_SCHEMA.extend({ implicit: [mergeKey] });

/**
 * Reads a stream of YAML or JSON documents; empty ones are left out.
 * @param source what to call the text in errors: a file's name
 * @throws ControllerError `invalid` with `source:line:` and the cause
 */
export function parseYamlDocuments(text: string, source: string): readonly YamlDocument[] {
  const recorder = new NodeRecorder(text);
  const values: unknown[] = [];
  try {
    loadAll(text, (value) => void values.push(value), { schema, filename: source, listener: (event, state) => recorder.on(event, state) });
  } catch (error) {
    throw new ControllerError('invalid', yamlMessage(error, source), { source }, { cause: error });
  }
  return values.flatMap((value, i) => {
    if (value === undefined || value === null) return [];
    if (countNodes(value, mostNodes) > mostNodes)
      throw new ControllerError('invalid', `${source}: the document is too large once its aliases are expanded`);
    return [recorder.document(i, value)];
  });
}

function yamlMessage(error: unknown, source: string): string {
  if (!(error instanceof YAMLException)) return `${source}: ${errorMessage(error)}`;
  // js-yaml's types leave out that a mark is missing when the fault has no place.
  const line = (error.mark as { readonly line: number } | undefined)?.line;
  return `${source}${line === undefined ? '' : `:${line + 1}`}: ${error.reason}`;
}

function countNodes(value: unknown, limit: number): number {
  let count = 0;
  const pending: unknown[] = [value];
  while (pending.length > 0 && count <= limit) {
    const next = pending.pop();
    count += 1;
    if (Array.isArray(next)) for (const entry of next) pending.push(entry);
    else if (isPlainObject(next)) for (const entry of Object.values(next)) pending.push(entry);
  }
  return count;
}

interface Node {
  /** 0-based. */
  readonly line: number;
  readonly start: number;
  end: number;
  kind: string | null;
  result: unknown;
  readonly children: Node[];
}

/** Remembers where js-yaml found each node. Keys and values of a mapping come alternately. */
class NodeRecorder {
  readonly #roots: Node[] = [];
  readonly #open: Node[] = [];

  constructor(private readonly text: string) {}

  on(event: EventType, state: State): void {
    if (event === 'open') {
      this.#open.push({ line: state.line, start: state.position, end: state.position, kind: null, result: undefined, children: [] });
      return;
    }
    const node = this.#open.pop();
    if (!node) return;
    node.end = state.position;
    node.kind = state.kind;
    node.result = state.result;
    // A flow collection or scalar is first tried as the key of a mapping: when it is none, it is told twice, one within the other.
    const [only, another] = node.children;
    const isTwice = another === undefined && only !== undefined && only.kind === node.kind && only.result === node.result;
    (this.#open.at(-1)?.children ?? this.#roots).push(isTwice ? only : node);
  }

  document(index: number, value: unknown): YamlDocument {
    const root = this.#roots[index];
    return {
      value,
      lineOf: (path) => (root === undefined ? 1 : lineAt(root, path) + 1),
      ambiguous: root === undefined ? [] : ambiguousIn(root, this.text),
    };
  }
}

function lineAt(root: Node, path: FieldPath): number {
  let node = root;
  let line = root.line;
  for (const key of path) {
    const entry = entryOf(node, key);
    if (entry === undefined) break;
    line = entry.line;
    node = entry.value;
  }
  return line;
}

function entryOf(node: Node, key: string | number): { readonly line: number; readonly value: Node } | undefined {
  if (node.kind === 'sequence') {
    const item = node.children[Number(key)];
    return item && { line: item.line, value: item };
  }
  for (let i = 0; i + 1 < node.children.length; i += 2) {
    const [name, value] = [node.children[i], node.children[i + 1]];
    if (name && value && String(name.result) === String(key)) return { line: name.line, value };
  }
  return undefined;
}

function ambiguousIn(root: Node, text: string): readonly AmbiguousScalar[] {
  const found: AmbiguousScalar[] = [];
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.kind === 'mapping') pending.push(...node.children.filter((_, i) => i % 2 === 1));
    else pending.push(...node.children);
    const plain =
      node.kind === 'scalar'
        ? text
            .slice(node.start, node.end)
            .replace(/\s#.*$/s, '')
            .trim()
        : '';
    const kubectl = readAsYaml11(plain);
    if (kubectl !== undefined) found.push({ line: node.line + 1, text: plain, kubectl });
  }
  return found.sort((a, b) => a.line - b.line);
}

/** The scalars both versions of YAML read differently, as far as kubectl's parser knows them; quoted ones are the same in both. */
function readAsYaml11(plain: string): string | undefined {
  if (/^(?:y|Y|yes|Yes|YES|on|On|ON)$/.test(plain)) return 'true';
  if (/^(?:n|N|no|No|NO|off|Off|OFF)$/.test(plain)) return 'false';
  if (/^[-+]?0[0-7]+$/.test(plain)) return String(Number.parseInt(plain.replace(/^([-+]?)0+(?=.)/, '$1'), 8));
  if (/^[-+]?\d[\d_]*_[\d_]*$/.test(plain)) return plain.replaceAll('_', '');
  return undefined;
}
