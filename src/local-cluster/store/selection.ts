import type { KubeObject } from '../../api/kube.js';
import type { Selection } from '../../cluster/cluster.js';
import { at } from './json.js';
import type { Kind } from './kinds/kind.js';
import { selectorMatches } from '../../lib/label-selector.js';
import { parseFieldSelector, parseLabelSelector } from './selectors.js';
import type { FieldTerm } from './selectors.js';
import { badRequest } from './status-error.js';

export type Matcher = (object: KubeObject) => boolean;

/**
 * What a selection asks for, as a test of one object (its namespace aside).
 * @returns undefined when everything matches
 * @throws StatusError 400 for a selector that cannot be read or a field that cannot be selected by
 */
export function matcherOf(kind: Kind, selection: Pick<Selection, 'labelSelector' | 'fieldSelector'>): Matcher | undefined {
  const labels = parseLabelSelector(selection.labelSelector ?? '');
  const fields = parseFieldSelector(selection.fieldSelector ?? '');
  for (const term of fields) requireSelectable(kind, term);
  if (labels.length === 0 && fields.length === 0) return undefined;
  return (object) => selectorMatches(labels, object.metadata.labels) && fields.every((term) => matchesField(object, term));
}

/** The one name a selection is about, if it is: then nobody needs to look at the others. */
export function nameSelected(selection: Pick<Selection, 'fieldSelector'>): string | undefined {
  const term = parseFieldSelector(selection.fieldSelector ?? '').find(({ path, negated }) => path === 'metadata.name' && !negated);
  return term?.value;
}

function requireSelectable(kind: Kind, { path }: FieldTerm): void {
  if (path === 'metadata.name' || path === 'metadata.namespace' || kind.selectableFields.includes(path)) return;
  if (kind.custom || kind.selectableFields.length > 0) throw badRequest(`field label not supported: ${path}`);
  throw badRequest(`${JSON.stringify(path)} is not a known field selector: only "metadata.name", "metadata.namespace"`);
}

function matchesField(object: KubeObject, { path, value, negated }: FieldTerm): boolean {
  const found = at(object, ...(path === 'source' ? ['source', 'component'] : path.split('.')));
  const text = typeof found === 'string' ? found : found === undefined || found === null ? '' : JSON.stringify(found);
  return (text === value) !== negated;
}
