import type { Json } from '../../src/api/kube.js';
import type { TimelineLine } from './format.js';
import { shownJson } from '../lib/json-at.js';

/** Name of a sequence (`ReplicaSet/app-hash1 spec.replicas`) to its distinct values in order. */
export type Sequences = ReadonlyMap<string, readonly string[]>;

/**
 * The sequences of values that must agree between a recording and a run: wanted pods by their turning points, selectors, routes,
 * revisions, the presence of a deadline, phases and messages of AnalysisRuns. Between two actions a value that comes back takes
 * what lay between with it, so that a controller that quarrelled with itself compares equal to one that did not.
 */
export function sequencesOf(timeline: readonly TimelineLine[]): Sequences {
  const segments = new Map<string, string[][]>();
  let action = 0;
  for (const line of timeline) {
    if (line.kind === 'action') action += 1;
    if (line.kind !== 'change') continue;
    for (const [key, value] of followedFacts(line.on, line.facts)) {
      const name = `${line.on} ${key}`;
      const bySegment = segments.get(name) ?? [];
      segments.set(name, bySegment);
      (bySegment[action] ??= []).push(value);
    }
  }
  return new Map([...segments].map(([name, bySegment]) => [name, sequence(name, bySegment)]));
}

function sequence(name: string, bySegment: readonly (readonly string[] | undefined)[]): readonly string[] {
  const values = withoutRepeats(Array.from(bySegment, (segment) => withoutLoops(segment ?? [])).flat());
  if (name.endsWith(' spec.replicas')) return turningPoints(values);
  return name.startsWith('AnalysisRun/') && name.endsWith(' phase') ? withoutQuickRunning(values) : values;
}

/** Whether a quick analysis is seen without a phase, or running, before its verdict is a matter of luck. */
function withoutQuickRunning(phases: readonly string[]): readonly string[] {
  return phases.filter((phase, index) => phase !== '' && (phase !== 'Running' || index === phases.length - 1));
}

function followedFacts(on: string, facts: Readonly<Record<string, Json>>): readonly (readonly [string, string])[] {
  const kind = on.slice(0, on.indexOf('/'));
  return Object.entries(facts).flatMap(([key, value]): readonly (readonly [string, string])[] => {
    if (!isFollowed(kind, key)) return [];
    if (key === 'annotations.scale-down-deadline') return [[key, value === null ? 'absent' : 'present']];
    return [[key, value === null ? 'absent' : shownJson(value)]];
  });
}

const revision = 'annotations.rollout.argoproj.io/revision';
const hashSelector = 'selector.rollouts-pod-template-hash';

function isFollowed(kind: string, key: string): boolean {
  switch (kind) {
    case 'ReplicaSet':
      return ['spec.replicas', revision, 'annotations.scale-down-deadline'].includes(key);
    case 'Rollout':
      return [revision, 'status.stableRS', 'status.currentPodHash', 'status.abort'].includes(key);
    case 'Service':
      return key === hashSelector;
    case 'VirtualService':
      return true;
    case 'DestinationRule':
      return key.startsWith('subset ');
    case 'Ingress':
      return /^annotations\.(nginx\.ingress\.kubernetes\.io\/canary|alb\.ingress\.kubernetes\.io\/(actions|conditions)\.)/.test(key);
    case 'AnalysisRun':
      return ['phase', 'message'].includes(key);
    case 'Experiment':
      return ['phase', 'message'].includes(key);
    case 'Deployment':
      return key === 'spec.replicas';
    default:
      return false;
  }
}

/** `a b a c` becomes `a c`: what lies between two equal values is a way there and back. */
export function withoutLoops(values: readonly string[]): readonly string[] {
  const path: string[] = [];
  for (const value of values) {
    const before = path.indexOf(value);
    if (before >= 0) path.length = before + 1;
    else path.push(value);
  }
  return path;
}

function withoutRepeats(values: readonly string[]): readonly string[] {
  return values.filter((value, index) => index === 0 || value !== values[index - 1]);
}

/** First, last, and each value at which the direction changes: 0 1 3 5 2 0 becomes 0 5 0. */
export function turningPoints(values: readonly string[]): readonly string[] {
  return values.filter((value, index) => {
    const [before, after] = [values[index - 1], values[index + 1]];
    if (before === undefined || after === undefined) return true;
    return Math.sign(Number(value) - Number(before)) !== Math.sign(Number(after) - Number(value));
  });
}
