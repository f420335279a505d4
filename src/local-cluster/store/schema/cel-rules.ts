import { Environment } from '@marcbachmann/cel-js';
import { errorMessage } from '../../../lib/errors.js';
import { isEqual } from '../../../lib/equal.js';
import type { Draft } from '../json.js';
import { isRecord, recordAt, recordsAt, textAt } from '../json.js';
import type { Cause } from '../status-error.js';

/* x-kubernetes-validations of custom resource definitions. Semantics: Kubernetes, apiextensions v1, CEL rules, 1.35. */

const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false, enableOptionalTypes: true });

type Program = (context: Readonly<Record<string, unknown>>) => unknown;

/** Programs by their text: the same few rules stand in the same few definitions. */
const programs = new Map<string, Program>();

function programOf(text: string): Program {
  const known = programs.get(text);
  if (known) return known;
  const made = environment.parse(text);
  const program: Program = (context) => made(context) as unknown; // the library answers any
  programs.set(text, program);
  return program;
}

/** Whether a schema has rules at all, somewhere. */
export function hasRules(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(hasRules);
  if (!isRecord(schema)) return false;
  return Object.entries(schema).some(([key, member]) => key === 'x-kubernetes-validations' || hasRules(member));
}

/** Rules that cannot be read, by their place in the schema. */
export function brokenRules(schema: unknown, path: string): readonly Cause[] {
  if (Array.isArray(schema)) return schema.flatMap((item, index) => brokenRules(item, `${path}[${index}]`));
  if (!isRecord(schema)) return [];
  return Object.entries(schema).flatMap(([key, member]) =>
    key === 'x-kubernetes-validations' ? brokenAt(recordsAt(schema, key), `${path}.${key}`) : brokenRules(member, `${path}.${key}`),
  );
}

function brokenAt(rules: readonly Draft[], path: string): readonly Cause[] {
  return rules.flatMap((rule, index) => {
    const text = textAt(rule, 'rule') ?? '';
    try {
      programOf(text);
      return [];
    } catch (error) {
      const message = `Invalid value: ${JSON.stringify(text)}: compilation failed: ${errorMessage(error)}`;
      return [{ reason: 'FieldValueInvalid', message, field: `${path}[${index}].rule` }];
    }
  });
}

/**
 * What the rules have to complain about.
 * @param old the object as it was; rules about a change ask for it, and what has not changed is not complained about
 */
export function complaintsOfRules(value: unknown, old: unknown, schema: Draft, path = ''): readonly Cause[] {
  if (value === undefined || (old !== undefined && value === old)) return [];
  const own = recordsAt(schema, 'x-kubernetes-validations').flatMap((rule) => complaintOf(rule, value, old, schema, path));
  return [...own, ...complaintsBelow(value, old, schema, path)];
}

function complaintsBelow(value: unknown, old: unknown, schema: Draft, path: string): readonly Cause[] {
  if (Array.isArray(value)) {
    const items = recordAt(schema, 'items');
    return value.flatMap((item, index) => complaintsOfRules(item, correlated(item, old, schema), items, `${path}[${index}]`));
  }
  if (!isRecord(value)) return [];
  const properties = recordAt(schema, 'properties');
  const others = schema['additionalProperties'];
  return Object.entries(value).flatMap(([key, member]) => {
    const below = properties[key] ?? others;
    return isRecord(below)
      ? complaintsOfRules(member, isRecord(old) ? old[key] : undefined, below, path === '' ? key : `${path}.${key}`)
      : [];
  });
}

/** Items of lists with keys are followed from one version to the next; others are not. */
function correlated(item: unknown, old: unknown, schema: Draft): unknown {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old) || !isRecord(item)) return undefined;
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!Array.isArray(keys)) return undefined;
  return old.find((each) => isRecord(each) && keys.every((key) => typeof key === 'string' && each[key] === item[key]));
}

function complaintOf(rule: Draft, value: unknown, old: unknown, schema: Draft, path: string): readonly Cause[] {
  const text = textAt(rule, 'rule') ?? '';
  if (/\boldSelf\b/.test(text) && old === undefined) return [];
  const context = { self: toCel(value, schema), ...(old === undefined ? {} : { oldSelf: toCel(old, schema) }) };
  const failure = failureOf(text, context);
  if (failure === undefined || (old !== undefined && !/\boldSelf\b/.test(text) && isEqual(value, old))) return [];
  const detail = failure === '' ? messageOf(rule, context, text) : failure;
  const field = `${path}${textAt(rule, 'fieldPath') ?? ''}`;
  return [renderComplaint(textAt(rule, 'reason') ?? 'FieldValueInvalid', field, value, detail)];
}

/** @returns undefined: it holds; '': it does not; else why it cannot be evaluated */
function failureOf(text: string, context: Readonly<Record<string, unknown>>): string | undefined {
  try {
    return programOf(text)(context) === true ? undefined : '';
  } catch (error) {
    return errorMessage(error).split('\n')[0] ?? '';
  }
}

function messageOf(rule: Draft, context: Readonly<Record<string, unknown>>, text: string): string {
  const expression = textAt(rule, 'messageExpression');
  const fixed = textAt(rule, 'message') ?? `failed rule: ${text}`;
  if (expression === undefined) return fixed;
  try {
    const made = programOf(expression)(context);
    return typeof made === 'string' && made !== '' ? made : fixed;
  } catch {
    return fixed;
  }
}

function renderComplaint(reason: string, field: string, value: unknown, detail: string): Cause {
  const shown = typeof value === 'object' ? '' : `${JSON.stringify(value)}: `;
  switch (reason) {
    case 'FieldValueRequired':
      return { reason, field, message: `Required value: ${detail}` };
    case 'FieldValueForbidden':
      return { reason, field, message: `Forbidden: ${detail}` };
    case 'FieldValueDuplicate':
      return { reason, field, message: `Duplicate value: ${JSON.stringify(value)}` };
    default:
      return { reason, field, message: `Invalid value: ${shown}${detail}` };
  }
}

/** CEL's integers are no floating point numbers; which is which the schema says. */
function toCel(value: unknown, schema: Draft): unknown {
  if (typeof value === 'number') return Number.isInteger(value) && schema['type'] !== 'number' ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map((item) => toCel(item, recordAt(schema, 'items')));
  if (!isRecord(value)) return value;
  const properties = recordAt(schema, 'properties');
  const others = recordAt(schema, 'additionalProperties');
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, toCel(member, isRecord(properties[key]) ? properties[key] : others)]),
  );
}
