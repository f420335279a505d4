import type { Json, JsonObject } from '../api/kube.js';
import { ControllerError } from '../lib/errors.js';

/** Reads the fields of a metric's provider section. Wrong types read as absent, as the CRD's schema has refused them before. */
export function textAt(section: JsonObject, key: string): string {
  const value = section[key];
  return typeof value === 'string' ? value : '';
}

export function numberAt(section: JsonObject, key: string): number | undefined {
  const value = section[key];
  return typeof value === 'number' ? value : undefined;
}

export function flagAt(section: JsonObject, key: string): boolean {
  return section[key] === true;
}

export function objectAt(section: JsonObject, key: string): JsonObject {
  return asObject(section[key]);
}

export function listAt(section: JsonObject, key: string): readonly JsonObject[] {
  const value = section[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** A field of a decoded answer, or of an object's status: text, or ''. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A list of a decoded answer, or of an object's status, without what is no object. */
export function recordsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** The same for a list of lists, such as points. */
export function listsIn(value: unknown): readonly (readonly unknown[])[] {
  return Array.isArray(value) ? value.filter((item) => Array.isArray(item)) : [];
}

export function recordIn(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

/** Like asObject for a decoded answer. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `headers` as they stand in a section; a later one of the same name wins. */
export function headersAt(section: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    listAt(section, 'headers')
      .map((header) => [textAt(header, 'key'), textAt(header, 'value')] as const)
      .filter(([key]) => key !== ''),
  );
}

/** Wrong settings of a metric: measuring again cannot help, but the engine's error limit decides. */
export function settingsError(message: string): ControllerError {
  return new ControllerError('invalid-spec', message);
}

/** An answer that makes no sense. */
export function answerError(message: string): ControllerError {
  return new ControllerError('provider-unavailable', message);
}
