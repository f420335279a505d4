import type { Draft } from '../json.js';
import { isRecord } from '../json.js';
import type { FieldSet } from './paths.js';
import { joinPath, segmentsOf } from './paths.js';

/** A set of fields as the API writes it: a tree in which `.` says that the field itself belongs to it, beside what is below. */
export function renderFields(fields: FieldSet): Draft {
  const root: Draft = {};
  const members = new Set<Draft>();
  for (const path of [...fields].sort()) {
    let here = root;
    for (const segment of segmentsOf(path)) {
      const next = isRecord(here[segment]) ? here[segment] : {};
      here[segment] = next;
      here = next;
    }
    members.add(here);
  }
  markMembers(root, members);
  return root;
}

/** A leaf is a member by being there; what has others below needs the mark. */
function markMembers(node: Draft, members: ReadonlySet<Draft>): void {
  for (const child of Object.values(node)) {
    if (!isRecord(child)) continue;
    markMembers(child, members);
    if (members.has(child) && Object.keys(child).length > 0) {
      const rest = { ...child };
      for (const key of Object.keys(child)) delete child[key];
      Object.assign(child, { '.': {} }, rest);
    }
  }
}

export function parseFields(tree: unknown, path = '', found = new Set<string>()): Set<string> {
  if (!isRecord(tree)) return found;
  for (const [segment, child] of Object.entries(tree)) {
    if (segment === '.') {
      found.add(path);
      continue;
    }
    const below = joinPath(path, segment);
    if (isRecord(child) && Object.keys(child).length > 0) parseFields(child, below, found);
    else found.add(below);
  }
  return found;
}
