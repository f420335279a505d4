import type { StringMap } from './sample.js';

const mask = '*****';

/** Takes secrets out of what people can read. */
export interface Redactor {
  text(text: string): string;
  map(map: StringMap): StringMap;
}

/**
 * @param secrets values to hide, also in the forms they take inside JSON, URLs and HTTP basic authentication; empty ones are ignored
 * Semantics: Argo Rollouts, analysis 2.4. Differs: values and metadata are redacted too, and encoded forms are known.
 */
export function redactor(secrets: readonly string[]): Redactor {
  const forms = [...new Set(secrets.flatMap(formsOf))].filter((form) => form !== '').sort((a, b) => b.length - a.length);
  const text = (clear: string): string => forms.reduce((hidden, form) => hidden.replaceAll(form, mask), clear);
  return {
    text,
    map: (map) => Object.fromEntries(Object.entries(map).map(([key, value]) => [key, text(value)])),
  };
}

function formsOf(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeSafely(secret)];
}

function encodeSafely(secret: string): string {
  try {
    return encodeURIComponent(secret);
  } catch {
    // A lone surrogate has no URL form, so it cannot leak through one.
    return secret;
  }
}
