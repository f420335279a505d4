import { parseSelector, selectorFrom } from '../../lib/label-selector.js';
import type { Selector } from '../../lib/label-selector.js';
import { badRequest } from './status-error.js';
import { isRecord, listAt, recordsAt, stringsAt, textAt } from './json.js';

/**
 * Reads a label selector's text.
 * @throws StatusError 400
 */
export function parseLabelSelector(text: string): Selector {
  const selector = parseSelector(text);
  if (!selector.ok) throw badRequest(explainSelector(text) ?? `unable to parse requirement: ${selector.error}`);
  return selector.value;
}

/** A real server's words for the first part that cannot be read, where they can be told from its beginning. */
function explainSelector(text: string): string | undefined {
  const start = /^\s*([=<>,]|!=|==)/.exec(text)?.[1];
  if (start !== undefined) return `found '${start}', expected: !, identifier, or 'end of string'`;
  const [, word = '', rest = ''] = /^\s*([\w./-]+)\s+(\S*)/.exec(text) ?? [];
  if (rest === 'in' || rest === 'notin') return "unable to parse requirement: found '' expected: '('";
  if (word !== '' && /^[\w./-]+$/.test(rest)) return `unable to parse requirement: found '${rest}', expected: in, notin, =, ==, !=, gt, lt`;
  return undefined;
}

/**
 * The selector of a LabelSelector object in someone's spec.
 * @returns undefined when it is absent or cannot be read: it then selects nothing
 */
export function selectorOf(value: unknown): Selector | undefined {
  if (!isRecord(value)) return undefined;
  const selector = selectorFrom({
    matchLabels: stringsAt(value, 'matchLabels'),
    matchExpressions: recordsAt(value, 'matchExpressions').map((expression) => ({
      key: textAt(expression, 'key') ?? '',
      operator: textAt(expression, 'operator') ?? '',
      values: listAt(expression, 'values').filter((each) => typeof each === 'string'),
    })),
  });
  return selector.ok ? selector.value : undefined;
}

/** One term of a field selector. */
export interface FieldTerm {
  readonly path: string;
  readonly value: string;
  readonly negated: boolean;
}

/**
 * Reads `metadata.name=x,status.phase!=Running`.
 * @throws StatusError 400 for another syntax
 */
export function parseFieldSelector(text: string): readonly FieldTerm[] {
  return text
    .split(/(?<!\\),/)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part.trim());
      if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
      return { path: (match[1] ?? '').trim(), value: (match[3] ?? '').replace(/\\([\\,=])/g, '$1'), negated: match[2] === '!=' };
    });
}
