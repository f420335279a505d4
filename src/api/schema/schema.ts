/** The part of OpenAPI v3 that a CustomResourceDefinition may use: a structural schema. */
export interface Schema {
  readonly description?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

/** A rule in the Common Expression Language: `self` is the value, `oldSelf` the stored one. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  /** Where the error is reported, below the value the rule stands at: `.activeService`. */
  readonly fieldPath?: string;
}

type Properties = Readonly<Record<string, Schema>>;

interface ObjectOptions {
  readonly required?: readonly string[];
  readonly rules?: readonly Rule[];
  /** Fields that are not named here survive. */
  readonly open?: boolean;
}

export function object(description: string, properties: Properties, options: ObjectOptions = {}): Schema {
  return {
    description,
    type: 'object',
    // An API server drops an empty one, and kubectl apply would bring it back for ever.
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(options.required && { required: options.required }),
    ...(options.open && { 'x-kubernetes-preserve-unknown-fields': true }),
    ...(options.rules && { 'x-kubernetes-validations': options.rules }),
  };
}

/** Any JSON object. */
export function anyObject(description: string): Schema {
  return { description, type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
}

export function text(description: string): Schema {
  return { description, type: 'string' };
}

export function word(description: string, values: readonly string[]): Schema {
  return { description, type: 'string', enum: values };
}

export function flag(description: string): Schema {
  return { description, type: 'boolean' };
}

export function time(description: string): Schema {
  return { description, type: 'string', format: 'date-time' };
}

/** An int32, 0 or more unless bounds say otherwise. */
export function count(description: string, bounds: Pick<Schema, 'minimum' | 'maximum'> = { minimum: 0 }): Schema {
  return { description, type: 'integer', format: 'int32', ...bounds };
}

/** An int32 of either sign: what a controller wrote is not judged. */
export function int(description: string): Schema {
  return { description, type: 'integer', format: 'int32' };
}

export function whole(description: string): Schema {
  return { description, type: 'integer', format: 'int64' };
}

/** A whole number, or text: a percentage, a duration, or a placeholder for an argument. */
export function intOrText(description: string): Schema {
  return { description, 'x-kubernetes-int-or-string': true };
}

/** A list that is replaced whole. */
export function list(description: string, items: Schema, limits: Pick<Schema, 'minItems' | 'maxItems'> = {}): Schema {
  return { description, type: 'array', items, ...limits };
}

/** A list whose entries are told apart by keys, which server-side apply merges one by one. The keys must be required in the entries. */
export function keyed(
  description: string,
  keys: readonly string[],
  items: Schema,
  limits: Pick<Schema, 'minItems' | 'maxItems'> = {},
): Schema {
  return { description, type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys, ...limits };
}

export function map(description: string, values: Schema = { type: 'string' }): Schema {
  return { description, type: 'object', additionalProperties: values };
}
