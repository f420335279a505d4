import type { Argument } from '../../api/analysis-types.js';
import type { Json, JsonObject } from '../../api/kube.js';
import type { Parsed } from '../../lib/parsed.js';
import { parsed, refused } from '../../lib/parsed.js';

/** Stands for a secret wherever a metric is looked at but not measured: validation, schedule, names. */
export const secretPlaceholder = 'temp-for-secret';

export type ArgumentValues = ReadonlyMap<string, string>;

/** Names an argument takes in templates: `args.NAME`. */
function argumentKey(name: string): string {
  return `args.${name}`;
}

/**
 * Values of a run's arguments, a placeholder for each secret (a secret wins over a value given beside it).
 *
 * @returns keys as templates write them; refused when an argument has neither value nor secret, even one no metric uses
 * Semantics: Argo Rollouts, analysis 2.7.
 */
export function placeholderValues(args: readonly Argument[]): Parsed<ArgumentValues> {
  const values = new Map<string, string>();
  for (const arg of args) {
    const value = arg.secretKeyRef === undefined ? arg.value : secretPlaceholder;
    if (value === undefined) return refused(`argument "${arg.name}" was not supplied`);
    values.set(argumentKey(arg.name), value);
  }
  return parsed(values);
}

/** The same with the secrets' values in place. @param secrets argument name to value */
export function withSecrets(values: ArgumentValues, secrets: ReadonlyMap<string, string>): ArgumentValues {
  const full = new Map(values);
  for (const [name, value] of secrets) full.set(argumentKey(name), value);
  return full;
}

/**
 * Replaces each `{{ key }}` by its value, once: what a value contains is not looked at again.
 *
 * @returns refused for an unknown key or a `{{` without `}}`; there is no escape
 * Semantics: Argo Rollouts, analysis 2.7.
 */
export function substitute(text: string, values: ArgumentValues): Parsed<string> {
  let result = '';
  let rest = text;
  for (;;) {
    const open = rest.indexOf('{{');
    if (open < 0) return parsed(result + rest);
    const close = rest.indexOf('}}', open + 2);
    if (close < 0) return refused(`Cannot find end tag="}}" in the template starting from "${clip(rest.slice(open))}"`);
    const key = rest.slice(open + 2, close).trim();
    const value = values.get(key);
    if (value === undefined) return refused(`failed to resolve {{${key}}}`);
    result += rest.slice(0, open) + value;
    rest = rest.slice(close + 2);
  }
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

/**
 * Fills the arguments into every string of a metric, keys included. Strings stay strings, so no value can change the metric's structure
 * (upstream pastes into the JSON text and breaks on control characters).
 */
export function substituteJson(json: JsonObject, values: ArgumentValues): Parsed<JsonObject> {
  const problems: string[] = [];
  const fill = (text: string): string => {
    if (!text.includes('{{')) return text;
    const filled = substitute(text, values);
    if (filled.ok) return filled.value;
    problems.push(filled.error);
    return text;
  };
  const filled = fillObject(json, fill);
  const [problem] = problems;
  return problem === undefined ? parsed(filled) : refused(problem);
}

function fillObject(object: JsonObject, fill: (text: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [fill(key), fillJson(value, fill)]));
}

function fillJson(json: Json, fill: (text: string) => string): Json {
  if (typeof json === 'string') return fill(json);
  if (json === null || typeof json !== 'object') return json;
  return isList(json) ? json.map((item) => fillJson(item, fill)) : fillObject(json, fill);
}

function isList(json: readonly Json[] | JsonObject): json is readonly Json[] {
  return Array.isArray(json);
}

/** Whether any string of the metric names a secret argument. */
export function usesSecret(json: Json, args: readonly Argument[]): boolean {
  const secrets = args.filter((arg) => arg.secretKeyRef !== undefined).map((arg) => arg.name);
  return (
    secrets.length > 0 && new RegExp(`\\{\\{\\s*args\\.(?:${secrets.map(escapeRegExp).join('|')})\\s*\\}\\}`).test(JSON.stringify(json))
  );
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
