import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import type { Draft } from '../json.js';
import { isRecord, recordAt } from '../json.js';
import type { Cause } from '../status-error.js';
import { cause } from '../status-error.js';
import { duplicatesIn } from './structural.js';

/** Checks objects of one custom resource version. Compiled on first use, as most schemas are never written to. */
export function createValidator(schema: Draft): (object: Draft) => readonly Cause[] {
  let compiled: ValidateFunction | undefined;
  return (object) => {
    compiled ??= compileOnce(toJsonSchema(schema, true));
    const found = compiled(object) ? [] : dedupe((compiled.errors ?? []).flatMap(causesOf));
    return [...found, ...duplicatesIn(object, schema).map((double) => cause.duplicate(double.path, double.value))];
  };
}

/** Compiling a CRD's schema takes a tenth of a second, and simulations make a thousand clusters with the same ones. */
const compiledBefore = new Map<string, ValidateFunction>();
const mostCompiled = 64;

function compileOnce(schema: Draft): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = compiledBefore.get(key);
  if (known !== undefined) return known;
  const made = newAjv().compile(schema);
  if (compiledBefore.size >= mostCompiled) compiledBefore.clear();
  compiledBefore.set(key, made);
  return made;
}

function newAjv(): Ajv {
  // verbose: the messages of a real server quote the offending value.
  return new Ajv({ allErrors: true, verbose: true, strict: false, validateFormats: true, formats, allowUnionTypes: true });
}

const formats = {
  'date-time': /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/,
  int32: { type: 'number', validate: (value: number) => value >= -(2 ** 31) && value < 2 ** 31 },
  int64: true,
  float: true,
  double: true,
  byte: true,
  duration: true,
} as const;

const kept = [
  ...['type', 'enum', 'required', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'pattern', 'minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties'],
];

/** OpenAPI v3 as CRDs use it, in draft-07: nullable and int-or-string spelled out, formats nobody knows dropped. */
function toJsonSchema(schema: Draft, isRoot = false): Draft {
  const made: Draft = {};
  for (const key of kept) if (schema[key] !== undefined) made[key] = schema[key];
  translateBounds(schema, made);
  if (typeof schema['format'] === 'string' && Object.hasOwn(formats, schema['format'])) made['format'] = schema['format'];
  if (schema['x-kubernetes-int-or-string'] === true) made['type'] = ['integer', 'string'];
  if (schema['nullable'] === true && made['type'] !== undefined) made['type'] = [made['type'], 'null'].flat();
  translateChildren(schema, made, isRoot);
  for (const key of ['allOf', 'anyOf', 'oneOf']) {
    if (Array.isArray(schema[key])) made[key] = schema[key].filter(isRecord).map((part) => toJsonSchema(part));
  }
  if (isRecord(schema['not'])) made['not'] = toJsonSchema(schema['not']);
  return made;
}

/** OpenAPI v3.0 has boolean exclusive bounds; JSON schema since draft-06 has numbers. */
function translateBounds(schema: Draft, made: Draft): void {
  for (const [flag, bound] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof schema[flag] !== 'boolean') continue;
    delete made[flag];
    if (!schema[flag]) continue;
    made[flag] = schema[bound];
    delete made[bound];
  }
}

function translateChildren(schema: Draft, made: Draft, isRoot: boolean): void {
  const properties = Object.entries(recordAt(schema, 'properties')).filter(([key]) => !(isRoot && key === 'metadata'));
  if (properties.length > 0) {
    made['properties'] = Object.fromEntries(properties.map(([key, child]) => [key, toJsonSchema(isRecord(child) ? child : {})]));
  }
  if (isRecord(schema['items'])) made['items'] = toJsonSchema(schema['items']);
  if (isRecord(schema['additionalProperties'])) made['additionalProperties'] = toJsonSchema(schema['additionalProperties']);
}

function dedupe(causes: readonly Cause[]): readonly Cause[] {
  const seen = new Set<string>();
  return causes.filter(({ field, message }) => !seen.has(`${field}\n${message}`) && seen.add(`${field}\n${message}`));
}

function causesOf(error: ErrorObject): readonly Cause[] {
  const field = fieldPath(error.instancePath);
  const { data } = error;
  switch (error.keyword) {
    case 'required':
      return [cause.required(joined(field, String(error.params['missingProperty'])))];
    case 'type':
      return [
        cause.typeInvalid(
          field,
          typeName(data),
          `${field} in body must be of type ${typeText(error.params['type'])}: ${JSON.stringify(typeName(data))}`,
        ),
      ];
    case 'enum':
      return [cause.unsupported(field, data, allowedTexts(error.params['allowedValues']))];
    case 'maxLength':
      return [{ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${String(error.params['limit'])} bytes`, field }];
    case 'maxItems':
      return [
        {
          reason: 'FieldValueTooMany',
          message: `Too many: ${lengthOf(data)}: must have at most ${String(error.params['limit'])} items`,
          field,
        },
      ];
    default:
      return [cause.invalid(field, data, `${field} in body ${ruleText(error)}`)];
  }
}

function ruleText(error: ErrorObject): string {
  const limit = String(error.params['limit']);
  switch (error.keyword) {
    case 'minimum':
      return `should be greater than or equal to ${limit}`;
    case 'maximum':
      return `should be less than or equal to ${limit}`;
    case 'exclusiveMinimum':
      return `should be greater than ${limit}`;
    case 'exclusiveMaximum':
      return `should be less than ${limit}`;
    case 'minLength':
      return `should be at least ${limit} chars long`;
    case 'minItems':
      return `should have at least ${limit} items`;
    case 'minProperties':
      return `should have at least ${limit} properties`;
    case 'pattern':
      return `should match '${String(error.params['pattern'])}'`;
    case 'format':
      return `must be of type ${String(error.params['format'])}: ${JSON.stringify(error.data)}`;
    case 'oneOf':
      return 'must validate one and only one schema (oneOf)';
    case 'anyOf':
      return 'must validate at least one schema (anyOf)';
    case 'not':
      return 'must not validate the schema (not)';
    default:
      return error.message ?? 'is invalid';
  }
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function allowedTexts(values: unknown): readonly string[] {
  return Array.isArray(values) ? values.map(String) : [];
}

function typeText(type: unknown): string {
  return Array.isArray(type) ? type.filter((each) => each !== 'null').join(',') : String(type);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** `/spec/steps/0/setWeight` to `spec.steps[0].setWeight`. */
function fieldPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : joined(path, part)), '');
}

function joined(path: string, part: string): string {
  return path === '' ? part : `${path}.${part}`;
}
