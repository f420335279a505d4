import type { KubeObject } from '../../../api/kube.js';
import type { EpochMs } from '../../../lib/scheduler.js';
import type { Kind } from '../../store/kinds/kind.js';
import { ageOf } from './ages.js';
import { ageColumn, builtinColumns, nameColumn } from './builtin-columns.js';
import type { Cell, Column } from './column.js';
import { firstAt } from './json-path.js';

export type IncludeObject = 'Metadata' | 'Object' | 'None';

export interface ListFacts {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** Objects as `kubectl get` shows them: the server chooses the columns and says the ages. */
export function renderTable(
  kind: Kind,
  objects: readonly KubeObject[],
  facts: ListFacts,
  include: IncludeObject,
  now: EpochMs,
  withColumns = true,
): object {
  const columns = columnsOf(kind);
  return {
    ...{ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: facts },
    columnDefinitions: withColumns ? columns.map(definition) : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...(include === 'None' ? { object: null } : { object: include === 'Object' ? object : renderMetadata(object) }),
    })),
  };
}

/** An object without anything but metadata. */
export function renderMetadata(object: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

function definition({ name, type, format = '', description = '', priority = 0 }: Column): object {
  return { name, type, format, description, priority };
}

const computed = new WeakMap<Kind, readonly Column[]>();

function columnsOf(kind: Kind): readonly Column[] {
  const known = computed.get(kind);
  if (known) return known;
  const made = kind.custom ? customColumns(kind) : builtinColumns(kind.resource.group, kind.resource.resource);
  computed.set(kind, made);
  return made;
}

function customColumns(kind: Kind): readonly Column[] {
  const columns = kind.custom?.printerColumns ?? [];
  if (columns.length === 0) return [nameColumn, ageColumn];
  return [
    nameColumn,
    ...columns.map(({ name, type, format, description, priority, jsonPath }): Column => ({
      ...{ name, type, priority: priority ?? 0 },
      ...(format === undefined ? {} : { format }),
      description: description ?? '',
      cell: (object, now) => cellOf(firstAt(object, jsonPath), type, now),
    })),
  ];
}

function cellOf(value: unknown, type: string, now: EpochMs): Cell {
  if (value === undefined || value === null) return type === 'date' ? '<unknown>' : null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return ageOf(value, now);
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}
