import { dequal } from 'dequal';
import { keys } from '../../../api/kube.js';
import { defaultTemplateIn } from '../../../api/pod-defaults.js';
import { goJson } from './go-json.js';
import { podTemplateTypes } from './pod-template-order.generated.js';
import { parseQuantity } from '../../../lib/quantity.js';
import { copyRecord, isRecord, recordAt, recordsAt, type Draft } from '../../../lib/draft.js';

interface TemplateComparison {
  /** Value of the ReplicaSet's annotation rollout.argoproj.io/ephemeral-metadata: what was injected and is no part of the template. */
  readonly ephemeralMetadata?: string | undefined;
}

/**
 * Whether a ReplicaSet runs the pod template a Rollout asks for, whatever hash it carries.
 *
 * Both sides get Kubernetes' defaults and lose what a controller adds: the hash label, recorded ephemeral metadata, the anti-affinity term
 * against the stable version, the deprecated serviceAccount. Quantities compare by value; empty and absent are alike.
 *
 * @param desired  raw PodTemplateSpec, as written or as an API server has defaulted it
 * @param existing raw PodTemplateSpec of the ReplicaSet
 * Semantics: rollout-core 2.4, third tier.
 */
export function templatesEqual(desired: unknown, existing: unknown, { ephemeralMetadata }: TemplateComparison = {}): boolean {
  const injected = injectedMetadata(ephemeralMetadata);
  return dequal(comparable(desired, injected), comparable(existing, injected));
}

interface Injected {
  readonly labels: Draft;
  readonly annotations: Draft;
}

function injectedMetadata(annotation: string | undefined): Injected {
  const parsed = parseJson(annotation ?? '');
  return { labels: recordAt(parsed, 'labels'), annotations: recordAt(parsed, 'annotations') };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What cannot be read was not written by a controller: nothing is known to be injected.
    return undefined;
  }
}

/**
 * Through Go's types first: what they do not know, what they leave out when empty and how a quantity is written makes no difference,
 * while a pointer to something empty (`storageClassName: ""`) is more than nothing, as for Go's DeepEqual.
 */
function comparable(template: unknown, injected: Injected): unknown {
  const encoding = { types: podTemplateTypes, quantity: quantityByValue };
  const owner: Draft = { template: copyRecord(JSON.parse(goJson(template, 'PodTemplateSpec', encoding))) };
  defaultTemplateIn(owner);
  const draft = recordAt(owner, 'template');
  stripMetadata(recordAt(draft, 'metadata'), injected);
  const spec = recordAt(draft, 'spec');
  delete spec['serviceAccount'];
  stripStableAntiAffinity(spec);
  return withoutEmptyLists(draft);
}

/** In thousandths, rounded up, as the API server stores resources. */
function quantityByValue(value: unknown): string {
  const quantity = parseQuantity(value ?? '0');
  if (!quantity.ok) return typeof value === 'string' ? value : '0';
  const { nano } = quantity.value;
  return String(nano > 0n ? (nano + 999_999n) / 1_000_000n : nano / 1_000_000n);
}

function stripMetadata(metadata: Draft, injected: Injected): void {
  delete metadata['creationTimestamp'];
  stripEntries(metadata, 'labels', { ...injected.labels, [keys.podTemplateHash]: recordAt(metadata, 'labels')[keys.podTemplateHash] });
  stripEntries(metadata, 'annotations', injected.annotations);
}

function stripEntries(metadata: Draft, name: string, injected: Draft): void {
  const entries = recordAt(metadata, name);
  for (const [key, value] of Object.entries(injected)) if (entries[key] === value) delete entries[key];
  if (Object.keys(entries).length === 0) delete metadata[name];
}

const termLists = ['requiredDuringSchedulingIgnoredDuringExecution', 'preferredDuringSchedulingIgnoredDuringExecution'];

/** The term a rollout adds to keep canary and stable pods apart: the only one that names the hash label. */
function stripStableAntiAffinity(spec: Draft): void {
  const antiAffinity = recordAt(spec, 'affinity', 'podAntiAffinity');
  if (!termLists.some((name) => recordsAt(antiAffinity, name).some(isInjected))) return;
  for (const name of termLists) {
    const left = recordsAt(antiAffinity, name).filter((term) => !isInjected(term));
    if (left.length === 0) delete antiAffinity[name];
    else antiAffinity[name] = left;
  }
  removeEmpty(recordAt(spec, 'affinity'), 'podAntiAffinity');
  removeEmpty(spec, 'affinity');
}

function isInjected(term: Draft): boolean {
  return namesHash(term) || namesHash(recordAt(term, 'podAffinityTerm'));
}

function removeEmpty(parent: Draft, key: string): void {
  if (Object.keys(recordAt(parent, key)).length === 0) delete parent[key];
}

function namesHash(term: Draft): boolean {
  return recordsAt(term, 'labelSelector', 'matchExpressions').some((e) => e['key'] === keys.podTemplateHash);
}

/** Go's comparison does not tell a list without elements from none. */
function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null && !(Array.isArray(member) && member.length === 0));
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutEmptyLists(member)]));
}
