import { labelKeyError, labelValueError } from '../../../lib/label-selector.js';
import type { Draft } from '../json.js';
import { at, isRecord, listAt, recordAt, recordsAt, textAt } from '../json.js';
import type { Cause } from '../status-error.js';
import { cause } from '../status-error.js';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const serviceName = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character " +
  "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character " +
  "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const serviceRule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character " +
  "(e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
export type NameRule = 'subdomain' | 'label' | 'service' | 'path';

const nameRules: Readonly<Record<NameRule, { readonly shape: RegExp; readonly longest: number; readonly text: string }>> = {
  subdomain: { shape: subdomain, longest: 253, text: subdomainRule },
  label: { shape: label, longest: 63, text: labelRule },
  service: { shape: serviceName, longest: 63, text: serviceRule },
  path: { shape: /^(?!\.{1,2}$)[^/%]+$/, longest: 253, text: "may not contain '/' or '%'" },
};

/** Which syntax names of a kind follow. */
export function nameRuleOf(group: string, resource: string): NameRule {
  if (group === 'rbac.authorization.k8s.io') return 'path';
  if (group === '' && resource === 'services') return 'service';
  return group === '' && resource === 'namespaces' ? 'label' : 'subdomain';
}

/** Syntax of everything in metadata, as every kind has it. */
export function validateMetadata(draft: Draft, rule: NameRule): readonly Cause[] {
  const metadata = recordAt(draft, 'metadata');
  return [
    ...validateName(textAt(metadata, 'name') ?? '', rule),
    ...validateLabels(metadata['labels'], 'metadata.labels'),
    ...validateAnnotations(metadata['annotations']),
    ...validateOwners(metadata),
    ...validateFinalizers(metadata),
  ];
}

function validateName(name: string, rule: NameRule): readonly Cause[] {
  const { shape, longest, text } = nameRules[rule];
  if (name === '') return [cause.required('metadata.name', 'name or generateName is required')];
  if (name.length > longest) return [cause.invalid('metadata.name', name, `must be no more than ${longest} characters`)];
  return shape.test(name) ? [] : [cause.invalid('metadata.name', name, text)];
}

/** Used for metadata.labels and for the labels of templates. */
export function validateLabels(labels: unknown, field: string): readonly Cause[] {
  if (!isRecord(labels)) return [];
  return Object.entries(labels).flatMap(([name, value]) => [
    ...validateQualifiedName(name, field),
    ...(typeof value === 'string' ? validateLabelValue(value, field) : [cause.typeInvalid(field, value, 'must be a string')]),
  ]);
}

function validateLabelValue(value: string, field: string): readonly Cause[] {
  const wrong = labelValueError(value);
  return wrong === undefined ? [] : [cause.invalid(field, value, wrong)];
}

function validateQualifiedName(name: string, field: string): readonly Cause[] {
  // Keys of labels and annotations are called by another name than qualified names elsewhere, since 1.35.
  const wrong = labelKeyError(name)?.replace(
    /^a qualified name must/,
    field.startsWith('metadata.finalizers') ? 'a qualified name must' : 'a valid label key must',
  );
  return wrong === undefined ? [] : [cause.invalid(field, name, wrong)];
}

const annotationLimit = 256 * 1024;

function validateAnnotations(annotations: unknown): readonly Cause[] {
  if (!isRecord(annotations)) return [];
  const entries = Object.entries(annotations);
  const size = entries.reduce((sum, [name, value]) => sum + name.length + (typeof value === 'string' ? Buffer.byteLength(value) : 0), 0);
  return [
    ...entries.flatMap(([name]) => validateQualifiedName(name.toLowerCase(), 'metadata.annotations')),
    ...entries
      .filter(([, value]) => typeof value !== 'string')
      .map(([name, value]) => cause.typeInvalid(`metadata.annotations.${name}`, value, 'must be a string')),
    ...(size > annotationLimit
      ? [{ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${annotationLimit} bytes`, field: 'metadata.annotations' }]
      : []),
  ];
}

function validateOwners(metadata: Draft): readonly Cause[] {
  const owners = recordsAt(metadata, 'ownerReferences');
  const controllers = owners.filter((owner) => owner['controller'] === true);
  return [
    ...owners.flatMap((owner, index) =>
      ['apiVersion', 'kind', 'name', 'uid']
        .filter((key) => (textAt(owner, key) ?? '') === '')
        .map((key) => cause.invalid(`metadata.ownerReferences[${index}].${key}`, at(owner, key) ?? '', 'must not be empty')),
    ),
    ...(controllers.length > 1 ? [tooManyControllers(owners, controllers)] : []),
  ];
}

function tooManyControllers(owners: readonly Draft[], controllers: readonly Draft[]): Cause {
  const names = controllers.slice(0, 2).map((each) => `${textAt(each, 'kind') ?? ''}/${textAt(each, 'name') ?? ''}`);
  const rule = `Only one reference can have Controller set to true. Found "true" in references for ${names.join(' and ')}`;
  return cause.invalid('metadata.ownerReferences', owners, rule);
}

const plainFinalizers = ['orphan', 'foregroundDeletion', 'kubernetes'];

function validateFinalizers(metadata: Draft): readonly Cause[] {
  return listAt(metadata, 'finalizers').flatMap((finalizer, index) => {
    const field = `metadata.finalizers[${index}]`;
    if (typeof finalizer !== 'string') return [cause.typeInvalid(field, finalizer, 'must be a string')];
    if (finalizer.includes('/') || plainFinalizers.includes(finalizer)) return validateQualifiedName(finalizer, field);
    return [cause.invalid(field, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
  });
}
