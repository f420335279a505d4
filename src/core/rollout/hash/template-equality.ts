import { dequal } from 'dequal';
import { keys } from '../../../api/kube.js';
import { defaultTemplateIn } from '../../../api/pod-defaults.js';
import { copyRecord, isRecord, recordAt, recordsAt, type Draft } from '../../../lib/draft.js';

export interface TemplateComparison {
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

function comparable(template: unknown, injected: Injected): unknown {
  const owner: Draft = { template: copyRecord(template) };
  defaultTemplateIn(owner);
  const draft = recordAt(owner, 'template');
  stripMetadata(recordAt(draft, 'metadata'), injected);
  const spec = recordAt(draft, 'spec');
  delete spec['serviceAccount'];
  stripStableAntiAffinity(spec);
  return withoutEmpty(draft);
}

function stripMetadata(metadata: Draft, injected: Injected): void {
  delete metadata['creationTimestamp'];
  const labels = recordAt(metadata, 'labels');
  delete labels[keys.podTemplateHash];
  for (const [key, value] of Object.entries(injected.labels)) if (labels[key] === value) delete labels[key];
  const annotations = recordAt(metadata, 'annotations');
  for (const [key, value] of Object.entries(injected.annotations)) if (annotations[key] === value) delete annotations[key];
}

/** The term a rollout adds to keep canary and stable pods apart: the only one that names the hash label. */
function stripStableAntiAffinity(spec: Draft): void {
  const antiAffinity = recordAt(spec, 'affinity', 'podAntiAffinity');
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
  if (Array.isArray(antiAffinity[required])) antiAffinity[required] = recordsAt(antiAffinity, required).filter((t) => !namesHash(t));
  if (Array.isArray(antiAffinity[preferred])) {
    antiAffinity[preferred] = recordsAt(antiAffinity, preferred).filter((t) => !namesHash(recordAt(t, 'podAffinityTerm')));
  }
}

function namesHash(term: Draft): boolean {
  return recordsAt(term, 'labelSelector', 'matchExpressions').some((e) => e['key'] === keys.podTemplateHash);
}

/** Drops nulls, empty maps and empty lists, all the way up: Go's types cannot tell them from absent ones. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutEmpty(item) ?? {});
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).flatMap(([key, member]) => {
    const kept = withoutEmpty(member);
    return isNothing(kept) ? [] : [[key, kept] as const];
  });
  return Object.fromEntries(entries);
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}
