import type { KubeObject } from '../../src/api/kube.js';
import type { EpochMs } from '../../src/lib/scheduler.js';
import { isEqual } from '../../src/lib/equal.js';
import { factsOf } from './facts.js';
import type { Extremes, Facts, Milestone, StateOfRest, TimelineLine } from './format.js';
import type { JournalEntry } from './journal.js';
import { jsonAt, nameOf, numberAt, textAt } from '../lib/json-at.js';
import type { KnownHashes, Placeholders } from './placeholders.js';
import { placeholdersFor } from './placeholders.js';
import { stateOf } from './state.js';

/** A run in the terms of a recording: comparable with one. */
export interface Digest {
  readonly milestones: readonly Milestone[];
  readonly timeline: readonly TimelineLine[];
  readonly extremes: Extremes;
  /** Objects at the end, placeholders filled in. */
  readonly final: readonly KubeObject[];
  readonly hashes: Readonly<Record<string, string>>;
  readonly stepHashes: Readonly<Record<string, string>>;
}

export interface DigestOptions {
  readonly known: KnownHashes;
  readonly namespace: string;
  /** Of the fake metrics server, the namespace at its end. */
  readonly metricsUrl?: string;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
}

/** So long must nothing change for a state to be one of rest, in milliseconds. */
const restMs = 1_200;

/** Pure: makes of what was seen what a recording would say about it. */
export function digest(unordered: readonly JournalEntry[], options: DigestOptions): Digest {
  const entries = inOrder(unordered);
  const placeholders = placeholdersFor(entries, options.known, options.namespace, options.metricsUrl);
  return {
    milestones: milestonesOf(entries, placeholders, options),
    timeline: timelineOf(entries, placeholders, options.startedAt),
    extremes: extremesOf(entries),
    final: [...latestObjects(entries).values()].map((object) => placeholders.deep(object)),
    hashes: placeholders.hashes,
    stepHashes: placeholders.stepHashes,
  };
}

/**
 * Watches of several kinds deliver in an order of their own; the API server counts its writes over all of them.
 * Between two actions changes are put into the order of their resourceVersions (a deletion has one too), and times follow suit.
 */
function inOrder(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const ordered: JournalEntry[] = [];
  let run: JournalEntry[] = [];
  const flush = (): void => {
    let at = 0;
    for (const entry of run.sort((a, b) => version(a) - version(b))) {
      at = Math.max(at, entry.at);
      ordered.push({ ...entry, at });
    }
    run = [];
  };
  for (const entry of entries) {
    if (entry.kind === 'object' || entry.kind === 'gone') run.push(entry);
    else {
      flush();
      ordered.push(entry);
    }
  }
  flush();
  return ordered;
}

function version(entry: JournalEntry): number {
  return 'object' in entry ? Number(entry.object.metadata.resourceVersion) : 0;
}

/** A moment at which the sentences about the objects changed; what they do not tell, such as one more measurement, is no unrest. */
interface Turn {
  readonly at: EpochMs;
  readonly after: string;
  /** How many actions had begun. */
  readonly actions: number;
  readonly state: StateOfRest;
}

function milestonesOf(entries: readonly JournalEntry[], placeholders: Placeholders, options: DigestOptions): readonly Milestone[] {
  const turns = turnsOf(entries);
  return turns.flatMap((turn, index) => {
    const next = turns[index + 1];
    if ((next?.at ?? options.endedAt) - turn.at < restMs) return [];
    const passing = next !== undefined && next.actions === turn.actions;
    return [{ t: seconds(turn.at - options.startedAt), after: turn.after, passing, state: placeholders.deep(turn.state) }];
  });
}

function turnsOf(entries: readonly JournalEntry[]): readonly Turn[] {
  const turns: Turn[] = [];
  const objects = new Map<string, KubeObject>();
  let after = '';
  let actions = 0;
  for (const entry of entries) {
    if (entry.kind === 'action') {
      after = entry.label;
      actions += 1;
    }
    if (!applyTo(objects, entry)) continue;
    const state = stateOf(objects.values());
    const before = turns.at(-1);
    if (isEqual(before?.state, state)) continue;
    turns.push({ at: entry.at, after, actions, state });
  }
  return turns;
}

/** @returns whether the entry changed an object */
function applyTo(objects: Map<string, KubeObject>, entry: JournalEntry): boolean {
  if (entry.kind === 'object') objects.set(nameOf(entry.object), entry.object);
  else if (entry.kind === 'gone') objects.delete(nameOf(entry.object));
  else return false;
  return true;
}

function latestObjects(entries: readonly JournalEntry[]): ReadonlyMap<string, KubeObject> {
  const objects = new Map<string, KubeObject>();
  for (const entry of entries) applyTo(objects, entry);
  return objects;
}

function timelineOf(entries: readonly JournalEntry[], placeholders: Placeholders, startedAt: EpochMs): readonly TimelineLine[] {
  const facts = new Map<string, Facts>();
  return entries.flatMap((entry): readonly TimelineLine[] => {
    const t = seconds(entry.at - startedAt);
    switch (entry.kind) {
      case 'object':
        return changeLine(t, entry.object, facts, placeholders);
      case 'gone':
        facts.delete(nameOf(entry.object));
        return [{ kind: 'change', t, on: placeholders.text(nameOf(entry.object)), facts: {}, isNew: false, gone: true }];
      case 'event':
        return [placeholders.deep(eventLine(t, entry.object))];
      case 'action':
        return [{ kind: 'action', t, label: entry.label }];
      case 'returned':
        return [{ kind: 'returned', t, label: entry.label, code: entry.code, output: placeholders.deep(entry.output) }];
      case 'refused':
        return [{ kind: 'refused', t, label: entry.label, status: entry.status, message: placeholders.text(entry.message) }];
    }
  });
}

function changeLine(t: number, object: KubeObject, known: Map<string, Facts>, placeholders: Placeholders): readonly TimelineLine[] {
  const name = nameOf(object);
  const before = known.get(name);
  const now = placeholders.deep(factsOf(object));
  known.set(name, now);
  const changed = Object.fromEntries(
    [...new Set([...Object.keys(before ?? {}), ...Object.keys(now)])]
      .filter((key) => JSON.stringify(before?.[key]) !== JSON.stringify(now[key]))
      .map((key) => [key, now[key] ?? null]),
  );
  return [{ kind: 'change', t, on: placeholders.text(name), facts: changed, isNew: before === undefined, gone: false }];
}

function eventLine(t: number, event: KubeObject): TimelineLine {
  const on = `${textAt(event, 'involvedObject', 'kind') ?? ''}/${textAt(event, 'involvedObject', 'name') ?? ''}`;
  return {
    kind: 'event',
    t,
    on,
    event: `${textAt(event, 'type') ?? ''} ${textAt(event, 'reason') ?? ''}`,
    message: textAt(event, 'message') ?? '',
    count: numberAt(event, 'count') ?? 1,
  };
}

/** Fewest available and most wanted pods of all ReplicaSets together, from the first time a Rollout is healthy. */
function extremesOf(entries: readonly JournalEntry[]): Extremes {
  const objects = new Map<string, KubeObject>();
  let healthy = false;
  let fewestAvailable: number | undefined;
  let mostWanted: number | undefined;
  for (const entry of entries) {
    if (!applyTo(objects, entry)) continue;
    healthy ||= [...objects.values()].some((object) => object.kind === 'Rollout' && jsonAt(object, 'status', 'phase') === 'Healthy');
    if (!healthy || !('object' in entry) || entry.object.kind !== 'ReplicaSet') continue;
    const sets = [...objects.values()].filter((object) => object.kind === 'ReplicaSet');
    fewestAvailable = Math.min(fewestAvailable ?? Infinity, total(sets, 'status', 'availableReplicas'));
    mostWanted = Math.max(mostWanted ?? 0, total(sets, 'spec', 'replicas'));
  }
  return { fewestAvailable, mostWanted };
}

function total(objects: readonly KubeObject[], ...path: readonly string[]): number {
  return objects.reduce((sum, object) => sum + (numberAt(object, ...path) ?? 0), 0);
}

/** To a tenth, as recordings have it. */
function seconds(durationMs: number): number {
  return Math.round(durationMs / 100) / 10;
}
