import { crdSchemas, type Schema } from '../../api/schema/index.js';
import { isPlainObject } from '../../lib/json.js';
import { nearestName } from '../nearest.js';
import { warningAt } from './finding.js';
import type { Finding, LintDocument } from './types.js';

/**
 * Fields the schema does not have. The API server drops them in silence, or refuses them when asked to be strict; below a pod template it keeps
 * them, as newer Kubernetes versions may know them: there it is only a warning.
 */
export function unknownFields(document: LintDocument): readonly Finding[] {
  const schema = crdSchemas[document.raw.kind];
  if (schema === undefined) return [];
  const found: Unknown[] = [];
  walk(document.raw, schema, '', true, found);
  return found.map(({ path, near, isKept }) => {
    const text = `unknown field${near === undefined ? '' : ` (did you mean ${near}?)`}`;
    const warning = warningAt(document, path, text);
    return isKept ? warning : { ...warning, severity: 'error' };
  });
}

interface Unknown {
  readonly path: string;
  readonly near: string | undefined;
  readonly isKept: boolean;
}

const ofEveryObject = new Set(['apiVersion', 'kind', 'metadata', 'status']);

function walk(value: unknown, schema: Schema, path: string, isRoot: boolean, found: Unknown[]): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const [i, entry] of value.entries()) walk(entry, schema.items, `${path}[${i}]`, false, found);
    return;
  }
  if (!isPlainObject(value)) return;
  const { properties, additionalProperties } = schema;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  for (const [key, member] of Object.entries(value)) {
    if (isRoot && ofEveryObject.has(key)) continue;
    const below = path === '' ? key : `${path}.${key}`;
    const known = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known) walk(member, known, below, false, found);
    else if (additionalProperties) walk(member, additionalProperties, below, false, found);
    else if (properties !== undefined) found.push({ path: below, near: nearestName(key, Object.keys(properties)), isKept: isOpen });
  }
}
