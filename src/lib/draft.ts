/** A JSON object that is still being put together. Never one that has been stored: those are frozen. */
export type Draft = { [key: string]: unknown };

export function isRecord(value: unknown): value is Draft {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A mutable copy with JSON's semantics: undefined members vanish, in lists they become null. */
export function copyJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : copyJson(item)));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Draft = {};
  for (const [key, member] of Object.entries(value)) {
    // defineProperty: a key named __proto__ stays an ordinary key.
    if (member !== undefined) setMember(copy, key, copyJson(member));
  }
  return copy;
}

export function copyRecord(value: unknown): Draft {
  const copy = copyJson(value);
  return isRecord(copy) ? copy : {};
}

function setMember(target: Draft, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/** Freezes all the way down; stops at what is frozen already, which in the store means frozen all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}

/** Follows `path` through records; undefined where it leads nowhere. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here: unknown = value;
  for (const key of path) {
    if (!isRecord(here) || !Object.hasOwn(here, key)) return undefined;
    here = here[key];
  }
  return here;
}

export function recordAt(value: unknown, ...path: readonly string[]): Draft {
  const found = at(value, ...path);
  return isRecord(found) ? found : {};
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function recordsAt(value: unknown, ...path: readonly string[]): readonly Draft[] {
  return listAt(value, ...path).filter(isRecord);
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** String members of a map such as labels or a selector's matchLabels. */
export function stringsAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const strings: Record<string, string> = {};
  for (const [key, member] of Object.entries(recordAt(value, ...path))) if (typeof member === 'string') strings[key] = member;
  return strings;
}

/** The record under `key`, made when it is missing. */
export function ensureRecord(parent: Draft, key: string): Draft {
  const found = parent[key];
  if (isRecord(found)) return found;
  const made: Draft = {};
  parent[key] = made;
  return made;
}

/** Sets `key` unless it has a value; null counts as none, as Go's decoder sees it. */
export function setDefault(target: Draft, key: string, value: unknown): void {
  if (target[key] === undefined || target[key] === null) target[key] = value;
}
