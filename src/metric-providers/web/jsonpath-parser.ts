/** A step of a path, as client-go's dialect of JSONPath has them. */
export type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly step: number; readonly single: boolean }
  | { readonly kind: 'union'; readonly paths: readonly (readonly Step[])[] }
  | { readonly kind: 'exists'; readonly path: readonly Step[] }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: readonly Step[]; readonly right: readonly Step[] }
  | { readonly kind: 'literal'; readonly type: 'int' | 'float' | 'string' | 'bool'; readonly value: number | string | boolean };

/** A piece of a template, in order. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly steps: readonly Step[] }
  | { readonly kind: 'range'; readonly steps: readonly Step[] }
  | { readonly kind: 'end' };

export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';
}

/**
 * Reads a template: paths in braces, text around them.
 *
 * `{$.a.b}`, `{.a}`, `{.l[0]}`, `{.l[-1]}`, `{.l[1:3]}`, `{.l[*].v}`, `{.d['k']}`, `{..v}`, `{.l[?(@.v=="2")].v}`, `{range .l[*]}{.v}{end}`, `{"text"}`.
 * As there, a dot in a quoted key splits it; `\.` keeps it.
 *
 * @throws JsonPathError saying what is wrong with it
 */
export function parseTemplate(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let rest = template;
  while (rest !== '') {
    const open = rest.indexOf('{');
    if (open !== 0) {
      pieces.push({ kind: 'text', text: open < 0 ? rest : rest.slice(0, open) });
      rest = open < 0 ? '' : rest.slice(open);
      continue;
    }
    const close = closingBrace(rest);
    pieces.push(...parseAction(rest.slice(1, close)));
    rest = rest.slice(close + 1);
  }
  return pieces;
}

function closingBrace(text: string): number {
  let quote = '';
  for (let at = 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\') at += 1;
    else if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '}') return at;
  }
  throw new JsonPathError(quote === '' ? 'unclosed action' : 'unterminated quoted string');
}

function parseAction(source: string): Piece[] {
  const text = source.trim();
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  if (quoted !== null) return [{ kind: 'text', text: unescape(quoted[2] ?? '') }];
  const range = /^range\s+(.*)$/s.exec(text);
  if (range !== null) return [{ kind: 'range', steps: new PathParser(range[1] ?? '').all() }];
  if (text === 'end') return [{ kind: 'end' }];
  return [{ kind: 'path', steps: new PathParser(text).all() }];
}

function unescape(text: string): string {
  return text.replace(/\\(.)/gs, (_, char: string) => ({ n: '\n', t: '\t', r: '\r' })[char] ?? char);
}

const comparison = /^(.*?)(==|!=|<=|>=|<|>)(.*)$/s;

/** Recursive descent over one path. */
class PathParser {
  #at = 0;

  constructor(private readonly source: string) {}

  all(): readonly Step[] {
    const steps: Step[] = [];
    while (this.#at < this.source.length) {
      const step = this.#step();
      if (step !== undefined) steps.push(step);
    }
    return steps;
  }

  #step(): Step | undefined {
    const char = this.source.charAt(this.#at);
    if (/\s/.test(char) || char === '$' || char === '@') {
      this.#at += 1;
      return undefined;
    }
    if (char === '[') return parseBracket(this.#bracket());
    if (char === '.') return this.#dotted();
    if (char === '"' || char === "'") return { kind: 'literal', type: 'string', value: this.#quoted(char) };
    return this.#word();
  }

  #dotted(): Step | undefined {
    if (this.source.startsWith('..', this.#at)) {
      // The name after `..` is a field of its own: the next turn reads it from here.
      this.#at += this.source.charAt(this.#at + 2) === '[' ? 2 : 1;
      return { kind: 'recursive' };
    }
    this.#at += 1;
    if (this.source.charAt(this.#at) === '*') {
      this.#at += 1;
      return { kind: 'wildcard' };
    }
    const name = this.#name();
    return name === '' ? undefined : { kind: 'field', name };
  }

  /** Up to the next `.`, `[` or blank; a backslash takes the next character as it is. */
  #name(): string {
    let name = '';
    for (; this.#at < this.source.length; this.#at++) {
      const char = this.source.charAt(this.#at);
      if (char === '\\') {
        this.#at += 1;
        name += this.source.charAt(this.#at);
      } else if (/[\s.[\]$@{}|"']/.test(char)) break;
      else name += char;
    }
    return name;
  }

  #word(): Step {
    const word = /^[^\s[\]$@{}|"']+/.exec(this.source.slice(this.#at))?.[0] ?? '';
    this.#at += Math.max(1, word.length);
    if (word === 'true' || word === 'false') return { kind: 'literal', type: 'bool', value: word === 'true' };
    if (/^[+-]?\d+$/.test(word)) return { kind: 'literal', type: 'int', value: Number(word) };
    if (/^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$/.test(word)) return { kind: 'literal', type: 'float', value: Number(word) };
    throw new JsonPathError(word === '' ? `unexpected ${this.source.charAt(this.#at - 1)}` : `unrecognized identifier ${word}`);
  }

  #quoted(quote: string): string {
    const start = this.#at + 1;
    for (let at = start; at < this.source.length; at++) {
      if (this.source.charAt(at) === '\\') at += 1;
      else if (this.source.charAt(at) === quote) {
        this.#at = at + 1;
        return unescape(this.source.slice(start, at));
      }
    }
    throw new JsonPathError('unterminated quoted string');
  }

  /** What stands between a `[` and its `]`. */
  #bracket(): string {
    const start = this.#at + 1;
    let depth = 0;
    let quote = '';
    for (let at = this.#at; at < this.source.length; at++) {
      const char = this.source.charAt(at);
      if (char === '\\') at += 1;
      else if (quote !== '') quote = char === quote ? '' : quote;
      else if (char === '"' || char === "'") quote = char;
      else if (char === '[') depth += 1;
      else if (char === ']' && --depth === 0) {
        this.#at = at + 1;
        return this.source.slice(start, at);
      }
    }
    throw new JsonPathError('unterminated array');
  }
}

function parseBracket(text: string): Step {
  const inner = text.trim();
  const filter = /^\?\((.*)\)$/s.exec(inner);
  if (filter !== null) return parseFilter(filter[1] ?? '');
  if (inner === '*') return { kind: 'slice', step: 1, single: false };
  const slice = /^(-?\d*)(?::(-?\d*))?(?::(-?\d*))?$/.exec(inner);
  if (slice !== null) return parseSlice(inner, slice);
  const parts = splitUnion(inner);
  const paths = parts.map((part) => parseUnionPart(part.trim()));
  const [only] = paths;
  // ['a'] is a path of its own; several are tried one after the other on the same value.
  return only !== undefined && paths.length === 1 && only.length === 1 && only[0] !== undefined ? only[0] : { kind: 'union', paths };
}

function parseSlice(inner: string, [, from = '', to, step]: RegExpExecArray): Step {
  const single = !inner.includes(':');
  const by = step === undefined || step === '' ? 1 : Number(step);
  return {
    kind: 'slice',
    ...(from === '' ? {} : { from: Number(from) }),
    ...(to === undefined || to === '' ? {} : { to: Number(to) }),
    step: by,
    single,
  };
}

function parseUnionPart(part: string): readonly Step[] {
  const quoted = /^'(.*)'$/s.exec(part);
  if (quoted !== null) return new PathParser(`.${quoted[1] ?? ''}`).all();
  if (/^-?\d+$/.test(part)) return [{ kind: 'slice', from: Number(part), step: 1, single: true }];
  throw new JsonPathError(`invalid array index ${part}`);
}

function splitUnion(text: string): readonly string[] {
  return text.match(/(?:"(?:\\.|[^"])*"|'(?:\\.|[^'])*'|[^,])+/gs) ?? [];
}

function parseFilter(text: string): Step {
  const [, left = '', operator = '', right = ''] = comparison.exec(text) ?? [];
  if (operator === '') return { kind: 'exists', path: new PathParser(text).all() };
  return { kind: 'compare', operator, left: new PathParser(left.trim()).all(), right: new PathParser(right.trim()).all() };
}
