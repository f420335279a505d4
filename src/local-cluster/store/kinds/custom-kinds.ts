import type { KubeObject } from '../../../api/kube.js';

import type { Draft } from '../json.js';
import { at, copyRecord, isRecord, listAt, recordAt, recordsAt, textAt } from '../json.js';
import { createCustomRules } from './custom-rules.js';
import type { Kind, PrinterColumn, ScalePaths } from './kind.js';

/** The kinds a CustomResourceDefinition serves: one for each served version. */
export function customKindsOf(crd: KubeObject): readonly Kind[] {
  return recordsAt(crd, 'spec', 'versions')
    .filter((version) => version['served'] === true)
    .map((version) => customKind(crd, version));
}

function customKind(crd: KubeObject, version: Draft): Kind {
  const names = recordAt(crd, 'spec', 'names');
  const kind = textAt(names, 'kind') ?? '';
  const found = at(version, 'schema', 'openAPIV3Schema');
  const schema = isRecord(found) ? copyRecord(found) : undefined;
  const scale = scaleOf(version);
  return {
    resource: {
      group: textAt(crd, 'spec', 'group') ?? '',
      version: textAt(version, 'name') ?? '',
      resource: textAt(names, 'plural') ?? '',
      kind,
      namespaced: textAt(crd, 'spec', 'scope') !== 'Cluster',
    },
    singular: textAt(names, 'singular') ?? kind.toLowerCase(),
    listKind: textAt(names, 'listKind') ?? `${kind}List`,
    shortNames: textsOf(names['shortNames']),
    categories: textsOf(names['categories']),
    hasStatus: isRecord(at(version, 'subresources', 'status')),
    ...(scale === undefined ? {} : { scale }),
    schema,
    custom: { printerColumns: columnsOf(version), preserveUnknown: at(crd, 'spec', 'preserveUnknownFields') === true },
    tracksGeneration: true,
    needsVersionToReplace: true,
    selectableFields: listAt(version, 'selectableFields').flatMap((field) => textAt(field, 'jsonPath')?.replace(/^\./, '') ?? []),
    orphansByDefault: false,
    answersWithDeleted: false,
    keepsStatusOnCreate: false,
    strategy: schema === undefined ? {} : { validate: createCustomRules(schema, scale) },
  };
}

function scaleOf(version: Draft): ScalePaths | undefined {
  const scale = at(version, 'subresources', 'scale');
  if (!isRecord(scale)) return undefined;
  const selector = textAt(scale, 'labelSelectorPath');
  return {
    specReplicas: keysOf(textAt(scale, 'specReplicasPath') ?? '.spec.replicas'),
    statusReplicas: keysOf(textAt(scale, 'statusReplicasPath') ?? '.status.replicas'),
    ...(selector === undefined ? {} : { selector: keysOf(selector) }),
  };
}

function keysOf(path: string): readonly string[] {
  return path.split('.').filter((key) => key !== '');
}

function columnsOf(version: Draft): readonly PrinterColumn[] {
  return recordsAt(version, 'additionalPrinterColumns').map((column) => ({
    name: textAt(column, 'name') ?? '',
    type: textAt(column, 'type') ?? 'string',
    jsonPath: textAt(column, 'jsonPath') ?? '',
    ...(typeof column['format'] === 'string' ? { format: column['format'] } : {}),
    ...(typeof column['description'] === 'string' ? { description: column['description'] } : {}),
    ...(typeof column['priority'] === 'number' ? { priority: column['priority'] } : {}),
  }));
}

/** The version objects are stored in. */
export function storageVersionOf(crd: KubeObject): string {
  return (
    textAt(
      recordsAt(crd, 'spec', 'versions').find((version) => version['storage'] === true),
      'name',
    ) ?? ''
  );
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
