import type { Argument } from '../../api/analysis-types.js';
import type { Parsed } from '../../lib/parsed.js';
import { parsed, refused } from '../../lib/parsed.js';

/**
 * Arguments declared by several templates, as one list: the first declaration has the place, a later one fills in where there was no value.
 *
 * @returns refused when two declarations give different values, even if the caller supplies one
 * Semantics: Argo Rollouts, analysis 2.8. Differs: a bare redeclaration does not wipe out a secret declared before.
 */
export function mergeDeclaredArgs(lists: readonly (readonly Argument[])[]): Parsed<readonly Argument[]> {
  const merged = new Map<string, Argument>();
  for (const arg of lists.flat()) {
    const earlier = merged.get(arg.name);
    if (earlier?.value !== undefined && arg.value !== undefined && earlier.value !== arg.value) {
      return refused(`Argument \`${arg.name}\` specified multiple times with different values: '${earlier.value}', '${arg.value}'`);
    }
    if (earlier === undefined || (earlier.value === undefined && !isBare(arg))) merged.set(arg.name, arg);
  }
  return parsed([...merged.values()]);
}

function isBare(arg: Argument): boolean {
  return arg.value === undefined && arg.secretKeyRef === undefined && arg.fieldPath === undefined;
}

/**
 * Declared arguments with what the owner of the run supplies: its value replaces the value, else its source the source. Arguments no template declares are dropped.
 *
 * @returns refused naming the first argument that has neither value nor source
 * Semantics: Argo Rollouts, analysis 2.8; a secret declared by a template stays beside a supplied value, and wins (2.7).
 */
export function supplyArgs(declared: readonly Argument[], supplied: readonly Argument[]): Parsed<readonly Argument[]> {
  const byName = new Map(supplied.map((arg) => [arg.name, arg]));
  const args = declared.map((arg) => supply(arg, byName.get(arg.name)));
  const missing = args.find(isBare);
  return missing === undefined ? parsed(args) : refused(`args.${missing.name} was not resolved`);
}

function supply(declared: Argument, supplied: Argument | undefined): Argument {
  if (supplied === undefined) return declared;
  if (supplied.value !== undefined) return { ...declared, value: supplied.value };
  const { name, value } = declared;
  if (supplied.secretKeyRef === undefined && supplied.fieldPath === undefined) return declared;
  return { ...supplied, name, ...(value === undefined ? {} : { value }) };
}
