import type { Parsed } from './parsed.js';
import { parsed, refused } from './parsed.js';

export type Requirement =
  | { readonly kind: 'in' | 'notIn'; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'exists' | 'notExists'; readonly key: string }
  | { readonly kind: 'greater' | 'less'; readonly key: string; readonly value: number };

/** All must hold; an empty one matches everything. */
export type Selector = readonly Requirement[];

export interface LabelSelectorInput {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

type Labels = Readonly<Record<string, string>>;

/**
 * Reads Kubernetes' selector syntax: `a=b,c==d,e!=f,g,!h,i in (j,k),l notin (m),n>1,o<2`.
 *
 * @returns the error names the part that cannot be read
 * Semantics: Kubernetes, labels.Parse, 1.35.
 */
export function parseSelector(text: string): Parsed<Selector> {
  const requirements: Requirement[] = [];
  for (const part of splitAtCommas(text)) {
    if (part.trim() === '' && requirements.length === 0 && text.trim() === '') continue;
    const requirement = parseRequirement(part.trim());
    if (!requirement.ok) return requirement;
    requirements.push(requirement.value);
  }
  return parsed(requirements);
}

function splitAtCommas(text: string): readonly string[] {
  return text.split(/,(?![^(]*\))/);
}

const keyPattern = '[A-Za-z0-9][A-Za-z0-9_./-]*';
const setShape = new RegExp(`^(${keyPattern})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const operatorShape = new RegExp(`^(${keyPattern})\\s*(==|=|!=|>|<)\\s*([A-Za-z0-9_.-]*)$`);
const existsShape = new RegExp(`^(!?)\\s*(${keyPattern})$`);

function parseRequirement(part: string): Parsed<Requirement> {
  const set = setShape.exec(part);
  if (set)
    return setRequirement(
      set[1] ?? '',
      set[2] === 'in' ? 'in' : 'notIn',
      (set[3] ?? '').split(',').map((value) => value.trim()),
    );
  const operator = operatorShape.exec(part);
  if (operator) return operatorRequirement(operator[1] ?? '', operator[2] ?? '', operator[3] ?? '');
  const exists = existsShape.exec(part);
  if (exists) return checkedKey(exists[2] ?? '', { kind: exists[1] === '!' ? 'notExists' : 'exists', key: exists[2] ?? '' });
  return refused(`unable to parse requirement: ${JSON.stringify(part)}`);
}

function setRequirement(key: string, kind: 'in' | 'notIn', values: readonly string[]): Parsed<Requirement> {
  const wrong = values.map(labelValueError).find((error) => error !== undefined);
  return wrong === undefined ? checkedKey(key, { kind, key, values: [...new Set(values)] }) : refused(wrong);
}

function operatorRequirement(key: string, operator: string, value: string): Parsed<Requirement> {
  if (operator === '>' || operator === '<') {
    if (!/^-?\d+$/.test(value)) return refused(`for 'Gt', 'Lt' operators, the value must be an integer: ${JSON.stringify(value)}`);
    return checkedKey(key, { kind: operator === '>' ? 'greater' : 'less', key, value: Number(value) });
  }
  return setRequirement(key, operator === '!=' ? 'notIn' : 'in', [value]);
}

function checkedKey(key: string, requirement: Requirement): Parsed<Requirement> {
  const wrong = labelKeyError(key);
  return wrong === undefined ? parsed(requirement) : refused(wrong);
}

/**
 * The selector of an object's `matchLabels` and `matchExpressions` (operators In, NotIn, Exists, DoesNotExist).
 * Semantics: Kubernetes, metav1.LabelSelectorAsSelector, 1.35.
 */
export function selectorFrom(input: LabelSelectorInput): Parsed<Selector> {
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(input.matchLabels ?? {})) {
    const requirement = setRequirement(key, 'in', [value]);
    if (!requirement.ok) return requirement;
    requirements.push(requirement.value);
  }
  for (const expression of input.matchExpressions ?? []) {
    const requirement = expressionRequirement(expression.key, expression.operator, expression.values ?? []);
    if (!requirement.ok) return requirement;
    requirements.push(requirement.value);
  }
  return parsed(requirements);
}

function expressionRequirement(key: string, operator: string, values: readonly string[]): Parsed<Requirement> {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) return refused("for 'in', 'notin' operators, values set can't be empty");
      return setRequirement(key, operator === 'In' ? 'in' : 'notIn', values);
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) return refused('values set must be empty for exists and does not exist');
      return checkedKey(key, { kind: operator === 'Exists' ? 'exists' : 'notExists', key });
    default:
      return refused(`${JSON.stringify(operator)} is not a valid label selector operator`);
  }
}

/** NotIn and `!=` also match objects without the label. */
export function selectorMatches(selector: Selector, labels: Labels | undefined): boolean {
  return selector.every((requirement) => requirementMatches(requirement, labels ?? {}));
}

function requirementMatches(requirement: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.kind) {
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case 'notIn':
      return value === undefined || !requirement.values.includes(value);
    case 'exists':
      return value !== undefined;
    case 'notExists':
      return value === undefined;
    case 'greater':
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) > requirement.value;
    case 'less':
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) < requirement.value;
  }
}

/** Canonical text, sorted by key: `a=b,c in (d,e),!f`. An empty selector is ''. Semantics: Kubernetes, Selector.String, 1.35. */
export function renderSelector(selector: Selector): string {
  return [...selector]
    .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    .map(renderRequirement)
    .join(',');
}

function renderRequirement(requirement: Requirement): string {
  switch (requirement.kind) {
    case 'in':
    case 'notIn':
      return renderValues(requirement.key, requirement.kind === 'in', requirement.values);
    case 'exists':
      return requirement.key;
    case 'notExists':
      return `!${requirement.key}`;
    case 'greater':
      return `${requirement.key}>${requirement.value}`;
    case 'less':
      return `${requirement.key}<${requirement.value}`;
  }
}

function renderValues(key: string, isIn: boolean, values: readonly string[]): string {
  if (values.length === 1) return `${key}${isIn ? '=' : '!='}${values[0]}`;
  return `${key} ${isIn ? 'in' : 'notin'} (${[...values].sort().join(',')})`;
}

/**
 * The text of a status's `selector`: matchLabels as `k=v`, expressions as `k in (v)`, `k notin (v)`, `k`, `!k`; sorted by key.
 * `<none>` for an empty selector, `<error>` for one that cannot be read.
 *
 * Semantics: Kubernetes, metav1.FormatLabelSelector, 1.35.
 */
export function renderLabelSelector(input: LabelSelectorInput): string {
  const selector = selectorFrom(input);
  if (!selector.ok) return '<error>';
  if (selector.value.length === 0) return '<none>';
  const labels = Object.entries(input.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  const expressions = (input.matchExpressions ?? []).map(({ key, operator, values }) => ({
    key,
    text: renderExpression(key, operator, values),
  }));
  return [...labels, ...expressions]
    .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    .map(({ text }) => text)
    .join(',');
}

function renderExpression(key: string, operator: string, values: readonly string[] = []): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${[...new Set(values)].sort().join(',')})`;
}

/** Whether a Service's or ReplicaSet's plain map selects these labels; an empty map selects nothing, as for Services. */
export function mapSelects(selector: Labels, labels: Labels | undefined): boolean {
  const pairs = Object.entries(selector);
  return pairs.length > 0 && pairs.every(([key, value]) => labels !== undefined && Object.hasOwn(labels, key) && labels[key] === value);
}

const nameShape = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const valueShape = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const subdomainShape = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** What is wrong with a label key (also annotation keys and finalizers), in Kubernetes' words; undefined when nothing is. */
export function labelKeyError(key: string): string | undefined {
  const parts = key.split('/');
  const name = parts[parts.length - 1] ?? '';
  if (parts.length > 2) return `${qualifiedNameRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') return 'prefix part must be non-empty';
    if (prefix.length > 253) return 'prefix part must be no more than 253 bytes';
    if (!subdomainShape.test(prefix)) return `prefix part ${subdomainRule}`;
  }
  if (name === '') return 'name part must be non-empty';
  if (name.length > 63) return 'name part must be no more than 63 bytes';
  return nameShape.test(name) ? undefined : `name part ${partRule}`;
}

/** What is wrong with a label value, in Kubernetes' words; undefined when nothing is. */
export function labelValueError(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 bytes';
  return valueShape.test(value) ? undefined : labelValueRule;
}

const partRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const qualifiedNameRule = `a qualified name ${partRule}`;
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
