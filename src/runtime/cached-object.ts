import type { KubeObject, ObjectMeta } from '../api/kube.js';

/** An object as caches hold it: frozen through and through, without managedFields (often a third of its size, and nothing we decide by). */
export function cachedObject(object: KubeObject): KubeObject {
  return deepFreeze('managedFields' in object.metadata ? { ...object, metadata: withoutManagedFields(object.metadata) } : object);
}

function withoutManagedFields(meta: ObjectMeta & { readonly managedFields?: unknown }): ObjectMeta {
  const { managedFields: _managedFields, ...kept } = meta;
  return kept;
}

function deepFreeze<T extends object>(value: T): T {
  if (Object.isFrozen(value)) return value;
  for (const child of Object.values(value) as unknown[]) if (typeof child === 'object' && child !== null) deepFreeze(child); // Object.values yields any
  return Object.freeze(value);
}
