import type { Deviation } from './recorder.js';

/** A place where the local cluster may answer otherwise, and how far. */
interface AcceptedDeviation {
  readonly sequence: string;
  /** As in Deviation. */
  readonly place: string;
  readonly reason: string;
  /** Whether it is still the deviation we know: what it does not like fails. */
  readonly isKnown: (real: string, local: string) => boolean;
  /** The real server's answer changes from time to time, so there may be no deviation at all. Default false: then one that is gone fails too. */
  readonly isRandom?: boolean;
}

const acceptedDeviations: readonly AcceptedDeviation[] = [
  {
    sequence: 'merge and JSON patches',
    place: 'merge a wrong type.0.message',
    reason: 'the real server quotes the patched object as it lies in memory, with managed fields of its own order',
    isKnown: (real, local) => [real, local].every((text) => text.startsWith(' "" is invalid: patch: Invalid value: "{')),
  },
  {
    sequence: 'a pod from its creation to its end',
    place: 'node is immutable.0.message',
    reason: 'the real server appends a diff of Go structs',
    isKnown: (real, local) => real.startsWith(local) && local.startsWith('Pod "p" is invalid: spec: Forbidden: pod updates may not change'),
  },
  {
    sequence: 'a custom object is pruned, defaulted and checked',
    place: 'several at once.0.message',
    reason: 'the real server lists several errors of a schema in the order of a Go map, which is another each time',
    isKnown: (real, local) => partsOf(real) === partsOf(local),
    isRandom: true,
  },
  ...['0', '1'].map((pod) => ({
    sequence: 'life of a Job: while it runs',
    place: `pods.0.${pod}.finalizers`,
    reason:
      'the real controller holds pods back by a finalizer until they are counted; ours counts what it sees, and misses a pod deleted meanwhile',
    isKnown: (real: string, local: string) => real === 'batch.kubernetes.io/job-tracking' && local === 'undefined',
  })),
  ...['list', 'create'].map((label) => ({
    sequence: 'a kind nobody defined',
    place: `${label}.0.message`,
    reason: 'below a group without any version the real server answers in plain text; ours always sends a Status',
    isKnown: (real: string, local: string) =>
      real === 'the server answered 404: 404 page not found' && local === 'the server could not find the requested resource',
  })),
];

/** Sorted, as errors are separated by the same comma as words inside of them: the same words in the same brackets are the same errors. */
function partsOf(message: string): string {
  return message.replace(/[[\]]/g, '').split(', ').sort().join(', ');
}

/** What is left of the deviations of a sequence, as lines, and what was accepted, with its reason. */
export function judgeDeviations(
  sequence: string,
  deviations: readonly Deviation[],
  renderDeviation: (deviation: Deviation) => string,
  accepted: readonly AcceptedDeviation[] = acceptedDeviations,
): { readonly complaints: readonly string[]; readonly accepted: readonly string[] } {
  const mine = accepted.filter((each) => each.sequence === sequence);
  const entryOf = (deviation: Deviation): AcceptedDeviation | undefined =>
    mine.find(({ place, isKnown }) => place === deviation.place && isKnown(String(deviation.real), String(deviation.local)));
  const used = new Set(deviations.map(entryOf));
  const gone = mine.filter((each) => each.isRandom !== true && !used.has(each));
  return {
    complaints: [
      ...deviations.filter((deviation) => entryOf(deviation) === undefined).map(renderDeviation),
      ...gone.map(({ place }) => `${place}: accepted as a deviation, and is none (any more): remove it from the list`),
    ],
    accepted: mine.filter((each) => used.has(each)).map(({ place, reason }) => `${place}: ${reason}`),
  };
}
