import { GoArray, GoDuration, GoEnvironment, GoFunction, GoInt, GoLocation, GoMap, GoRecord, GoTime, type GoValue } from './value.js';

/**
 * What is known of a value before the condition runs. `unknown` is everything reached through a JSON document: it fits
 * everywhere and is only judged at run time. Go's name for it is `interface {}`; the language says `unknown` where it lost track.
 */
export type GoType =
  | { readonly kind: 'unknown'; readonly name: 'interface {}' | 'unknown' }
  | { readonly kind: 'nil' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'string' }
  | { readonly kind: 'float64' }
  | { readonly kind: 'int'; readonly name: string }
  /** An integer with a name of its own (time.Month), which is no number to the operators. */
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'array'; readonly name: string; readonly element: GoType }
  | { readonly kind: 'map'; readonly name: string; readonly element: GoType }
  | { readonly kind: 'record'; readonly name: string; readonly fields: ReadonlyMap<string, GoType> }
  | { readonly kind: 'time' }
  | { readonly kind: 'duration' }
  | { readonly kind: 'location' }
  | { readonly kind: 'func'; readonly signature: Signature }
  | { readonly kind: 'env' };

/** Parameters of a function; `optional` of them at the end may be left out. */
export interface Signature {
  readonly name: string;
  readonly params: readonly GoType[];
  readonly optional: number;
  readonly result: GoType;
}

export const anyType: GoType = { kind: 'unknown', name: 'interface {}' };
export const lostType: GoType = { kind: 'unknown', name: 'unknown' };
export const nilType: GoType = { kind: 'nil' };
export const boolType: GoType = { kind: 'bool' };
export const stringType: GoType = { kind: 'string' };
export const floatType: GoType = { kind: 'float64' };
export const intType: GoType = { kind: 'int', name: 'int' };
export const int64Type: GoType = { kind: 'int', name: 'int64' };
export const timeType: GoType = { kind: 'time' };
export const durationType: GoType = { kind: 'duration' };
export const locationType: GoType = { kind: 'location' };
export const anyMapType: GoType = { kind: 'map', name: 'map[interface {}]interface {}', element: anyType };
export const stringMapType: GoType = { kind: 'map', name: 'map[string]interface {}', element: anyType };

/** A slice of a Go type: `[]float64`. */
export function sliceOf(element: GoType): GoType {
  return { kind: 'array', name: `[]${typeName(element)}`, element };
}

/** An []interface {} whose elements are known to be of one type all the same (an array literal, a range, map's result). */
export function arrayOf(element: GoType): GoType {
  return { kind: 'array', name: '[]interface {}', element };
}

export function isNumeric(type: GoType): boolean {
  return type.kind === 'int' || type.kind === 'float64';
}

/** The name in messages; nil is called `unknown` there. */
export function typeName(type: GoType): string {
  switch (type.kind) {
    case 'nil':
      return 'unknown';
    case 'time':
      return 'time.Time';
    case 'duration':
      return 'time.Duration';
    case 'location':
      return 'time.Location';
    case 'env':
      return 'map[string]interface {}';
    case 'func':
      return functionName(type.signature);
    case 'bool':
    case 'string':
    case 'float64':
      return type.kind;
    default:
      return type.name;
  }
}

function functionName(signature: Signature): string {
  const result = typeName(signature.result);
  return `func(${signature.params.map(typeName).join(', ')}) ${result === 'time.Location' ? '*time.Location' : result}`;
}

/** The static type of a provider's result: what the type check starts from. */
export function typeOfValue(value: GoValue): GoType {
  if (value === null) return nilType;
  if (typeof value === 'boolean') return boolType;
  if (typeof value === 'number') return floatType;
  if (typeof value === 'string') return stringType;
  if (value instanceof GoInt) return { kind: value.type.startsWith('time.') ? 'named' : 'int', name: value.type };
  if (value instanceof GoArray) return typeOfArray(value);
  if (value instanceof GoMap) return { kind: 'map', name: value.type, element: anyType };
  if (value instanceof GoRecord) return typeOfRecord(value);
  if (value instanceof GoTime) return timeType;
  if (value instanceof GoDuration) return durationType;
  if (value instanceof GoLocation) return locationType;
  return value instanceof GoFunction || value instanceof GoEnvironment ? anyType : value;
}

const elementTypes: ReadonlyMap<string, GoType> = new Map<string, GoType>([
  ['float64', floatType],
  ['string', stringType],
  ['int', intType],
  ['uint8', { kind: 'int', name: 'uint8' }],
]);

function typeOfArray(value: GoArray): GoType {
  const element = elementTypes.get(value.element);
  if (element !== undefined) return sliceOf(element);
  const first = value.items[0];
  const known = first instanceof GoRecord && first.type === value.element;
  return { kind: 'array', name: `[]${value.element}`, element: known ? typeOfRecord(first) : anyType };
}

/** A field that is nil now may hold anything in another element of the same slice. */
function typeOfRecord(value: GoRecord): GoType {
  const fields = new Map([...value.fields].map(([name, field]): [string, GoType] => [name, field === null ? anyType : typeOfValue(field)]));
  return { kind: 'record', name: value.type, fields };
}
