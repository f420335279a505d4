import { query } from 'jsonpath-rfc9535';

/**
 * The first value a printer column's path finds: `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`.
 * What cannot be read finds nothing.
 */
export function firstAt(object: object, path: string): unknown {
  const inner = path.replace(/^\{|\}$/g, '').trim();
  try {
    // The library takes its own JSON type; an API object is JSON.
    return query(object as Parameters<typeof query>[0], normalise(inner))[0];
  } catch {
    return undefined;
  }
}

/** client-go writes `.a`, single and double quotes alike, `\.` for a point in a key, and `[?(@.x=="y")]`. */
function normalise(path: string): string {
  const escaped = path.replace(/\.((?:[^.[\]\\]|\\.)*\\.(?:[^.[\]\\]|\\.)*)/g, (_all, key: string) => `['${key.replaceAll('\\.', '.')}']`);
  const rooted = escaped.startsWith('$') ? escaped : `$${escaped.startsWith('.') || escaped.startsWith('[') ? '' : '.'}${escaped}`;
  return rooted.replace(/\.([A-Za-z_][\w]*-[\w-]*)/g, "['$1']");
}
