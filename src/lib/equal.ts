/**
 * Deep equality of JSON values; key order does not matter, and a key whose value is undefined differs from an absent key.
 * By hand, as the usual libraries compare `constructor`, which in a user's object is a key like any other, and then find equal ones unequal.
 */
export function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return Number.isNaN(left) && Number.isNaN(right);
  if (Array.isArray(left))
    return Array.isArray(right) && left.length === right.length && left.every((entry, index) => isEqual(entry, right[index]));
  return !Array.isArray(right) && haveEqualFields(left, right);
}

function haveEqualFields(left: object, right: object): boolean {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && isEqual(valueOf(left, key), valueOf(right, key)));
}

function valueOf(object: object, key: string): unknown {
  // Any object can be asked for any key; TypeScript wants to know the keys.
  return (object as Record<string, unknown>)[key];
}
