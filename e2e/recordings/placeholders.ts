import type { KubeObject } from '../../src/api/kube.js';
import { textAt } from '../lib/json-at.js';
import type { JournalEntry } from './journal.js';

/** Replaces what differs from run to run by the names that recordings use: hashes, the namespace, uids, points in time. */
export interface Placeholders {
  text(value: string): string;
  /** Every string inside, property names included. */
  deep<T>(value: T): T;
  /** Placeholder to real hash, as a recording lists them. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly stepHashes: Readonly<Record<string, string>>;
}

export interface KnownHashes {
  readonly hashes: Readonly<Record<string, string>>;
  readonly stepHashes: Readonly<Record<string, string>>;
}

const hashLabel = 'rollouts-pod-template-hash';
const deploymentHashLabel = 'pod-template-hash';

/**
 * Names the hashes of a run. One that the recording knows gets the recording's name; any other the next free number of
 * its family, in order of appearance: a controller with other hash functions can be compared all the same.
 *
 * @param metricsUrl  what stands for `http://METRICS/$NS` in this run, where it has a metrics server
 */
export function placeholdersFor(entries: readonly JournalEntry[], known: KnownHashes, namespace: string, metricsUrl = ''): Placeholders {
  const seen = entries.flatMap((entry) => ('object' in entry ? [entry.object] : []));
  const podHashes = nameHashes(distinct(seen.flatMap(podHashesOf)), 'hash', known.hashes);
  const deploymentHashes = nameHashes(distinct(seen.flatMap(deploymentHashesOf)), 'deploymentHash', known.hashes);
  const stepHashes = nameHashes(
    distinct(seen.flatMap((object) => text(object, 'status', 'currentStepHash'))),
    'stepHash',
    known.stepHashes,
  );
  const replacements = new Map([...podHashes, ...deploymentHashes, ...stepHashes]);
  const pattern =
    replacements.size === 0
      ? undefined
      : new RegExp(
          [...replacements.keys()]
            .sort((a, b) => b.length - a.length)
            .map(escaped)
            .join('|'),
          'g',
        );
  const replace = (value: string): string => {
    const served = metricsUrl === '' ? value : value.replaceAll(metricsUrl, 'http://METRICS/NS');
    const hashed = pattern === undefined ? served : served.replace(pattern, (found) => replacements.get(found) ?? found);
    return hashed.replace(uid, '<uid>').replace(instant, '<time>').replaceAll(namespace, 'NS');
  };
  return {
    text: replace,
    deep: (value) => deepReplace(value, replace),
    hashes: inverted([...podHashes, ...deploymentHashes]),
    stepHashes: inverted([...stepHashes]),
  };
}

const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const instant = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

function podHashesOf(object: KubeObject): readonly string[] {
  if (object.kind === 'ReplicaSet') return text(object, 'metadata', 'labels', hashLabel);
  return object.kind === 'Rollout' ? [...text(object, 'status', 'currentPodHash'), ...text(object, 'status', 'stableRS')] : [];
}

/** A Rollout of upstream puts its own label only; a Deployment's ReplicaSets have the other one. */
function deploymentHashesOf(object: KubeObject): readonly string[] {
  if (object.kind !== 'ReplicaSet' || object.metadata.labels?.[hashLabel] !== undefined) return [];
  return text(object, 'metadata', 'labels', deploymentHashLabel);
}

function text(object: KubeObject, ...path: readonly string[]): readonly string[] {
  const found = textAt(object, ...path);
  return found === undefined || found === '' ? [] : [found];
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function nameHashes(hashes: readonly string[], family: string, known: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const ofFamily = Object.entries(known).filter(([name]) => new RegExp(`^${family}\\d+$`).test(name));
  for (const hash of hashes) {
    const same = ofFamily.find(([, real]) => real === hash);
    if (same) names.set(hash, same[0]);
  }
  let next = 1;
  for (const hash of hashes) {
    if (names.has(hash)) continue;
    const taken = new Set(names.values());
    while (taken.has(`${family}${next}`)) next += 1;
    names.set(hash, `${family}${next}`);
  }
  return names;
}

function deepReplace<T>(value: T, replace: (text: string) => string): T {
  if (value === undefined) return value;
  // Structure is kept; only strings inside change.
  return mapStrings(value, replace) as T;
}

function mapStrings(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [replace(key), mapStrings(inner, replace)]));
}

function inverted(pairs: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(pairs.map(([real, name]) => [name, real]));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
