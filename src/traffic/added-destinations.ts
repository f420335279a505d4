import type { KubeObject } from '../api/kube.js';
import { fieldOf, isPlainObject } from '../lib/json.js';
import type { TrafficTarget } from './router.js';
import { textsOf } from './texts.js';

/*
 * Experiments get destinations of their own in objects that belong to the user. So that they, and nobody else's, are removed once the experiment
 * is over, even if the controller died in between, the write that adds them also notes them: `{"<namespace>/<rollout>": ["<service>", ...]}`.
 */
const annotation = 'sluice.dev/added-destinations';

type Notes = Readonly<Record<string, readonly string[]>>;

/** Services that were added for this Rollout. */
export function addedDestinations(object: KubeObject, target: TrafficTarget): ReadonlySet<string> {
  return new Set(notesOf(object)[keyOf(target)] ?? []);
}

/** The object with `services` noted for this Rollout; the annotation goes with its last entry. */
export function noteDestinations(object: KubeObject, target: TrafficTarget, services: readonly string[]): KubeObject {
  const { [keyOf(target)]: _before, ...others } = notesOf(object);
  const notes: Notes = services.length === 0 ? others : { ...others, [keyOf(target)]: [...services].sort() };
  const { [annotation]: _text, ...kept } = object.metadata.annotations ?? {};
  const annotations = Object.keys(notes).length === 0 ? kept : { ...kept, [annotation]: JSON.stringify(inKeyOrder(notes)) };
  const { annotations: had, ...metadata } = object.metadata;
  return { ...object, metadata: had === undefined && Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations } };
}

/**
 * Whether a Service is named as upstream and we name those of a Rollout's experiments: `<rollout>-<hash>-<revision>-<step>-<template>`.
 * Destinations that another controller added before it handed over are known by this alone.
 */
export function isNamedAsExperiment(service: string, target: TrafficTarget): boolean {
  return service.startsWith(`${target.rolloutName}-`) && /^[a-z0-9]+-\d+-\d+-./.test(service.slice(target.rolloutName.length + 1));
}

function keyOf({ namespace, rolloutName }: TrafficTarget): string {
  return `${namespace}/${rolloutName}`;
}

function notesOf(object: KubeObject): Notes {
  const parsed = parse(object.metadata.annotations?.[annotation]);
  if (!isPlainObject(parsed)) return {};
  return Object.fromEntries(Object.keys(parsed).map((key) => [key, textsOf(fieldOf(parsed, key))]));
}

/** Two Rollouts that write in turn must not take each other's order for a change. */
function inKeyOrder(notes: Notes): Notes {
  return Object.fromEntries(Object.entries(notes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    // Somebody edited it; then nothing is known to be ours.
    return undefined;
  }
}
