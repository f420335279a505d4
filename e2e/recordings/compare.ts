import { compareFinal } from './compare-final.js';
import { compareMilestones } from './compare-milestones.js';
import type { Difference } from './difference.js';
import { differences } from './difference.js';
import type { Digest } from './digest.js';
import type { Recording, TimelineLine } from './format.js';
import { shownJson } from '../lib/json-at.js';
import { sequencesOf } from './sequences.js';

/** Compares a run with a recording as the README beside the recordings asks. An empty answer: they agree. */
export function compare(recording: Recording, run: Digest): readonly Difference[] {
  return [
    ...compareMilestones(recording, run),
    ...compareSequences(recording, run),
    ...compareConditions(recording, run),
    ...compareEvents(recording, run),
    ...compareAnswers(recording, run),
    ...compareExtremes(recording, run),
    ...compareFinal(recording, run),
    ...compareHashes(recording, run),
  ];
}

function compareSequences(recording: Recording, run: Digest): readonly Difference[] {
  const found = sequencesOf(run.timeline);
  const texts = [...sequencesOf(recording.timeline)].flatMap(([name, values]) => {
    const ours = found.get(name) ?? [];
    return ours.join('\n') === values.join('\n') ? [] : [`${name}: ${shown(ours)} instead of ${shown(values)}`];
  });
  return differences('sequence', texts);
}

function shown(values: readonly string[]): string {
  return values.length === 0 ? 'nothing' : values.join(' > ');
}

function compareConditions(recording: Recording, run: Digest): readonly Difference[] {
  const ours = conditionsOf(run.timeline);
  return differences(
    'condition',
    [...conditionsOf(recording.timeline)].filter((condition) => !ours.has(condition)).map((condition) => `never seen: ${condition}`),
  );
}

function conditionsOf(timeline: readonly TimelineLine[]): ReadonlySet<string> {
  const lines = timeline.flatMap((line) => {
    if (line.kind !== 'change') return [];
    return Object.entries(line.facts)
      .filter(([key, value]) => key.startsWith('cond.') && value !== null)
      .map(([key, value]) => `${line.on} ${key.slice('cond.'.length)}=${shownJson(value)}`);
  });
  return new Set(lines);
}

/** Quick analyses may jump from Pending to their verdict. */
const optionalEvents = ['Normal AnalysisRunRunning', 'Warning AnalysisRunRunning', 'Normal AnalysisRunPending'];

function compareEvents(recording: Recording, run: Digest): readonly Difference[] {
  const ours = eventsOf(run.timeline);
  const missing = [...eventsOf(recording.timeline)].filter(
    (event) => !ours.has(event) && !optionalEvents.some((name) => event.startsWith(name)),
  );
  return differences(
    'event',
    missing.map((event) => `never sent: ${event}`),
  );
}

/**
 * A message without what is luck: whether client-go's spam filter folded it, which phase of a run was seen before, and by how many
 * single pods at a time a ReplicaSet was scaled (the turning points are compared as a sequence).
 */
function told(message: string): string {
  return message
    .replace(/^\(combined from similar events\): /, '')
    .replace(/ Previous: '\w*'$/, '')
    .replace(/^(Scaled (?:up|down) ReplicaSet .*) from \d+ to \d+$/, '$1');
}

function eventsOf(timeline: readonly TimelineLine[]): ReadonlySet<string> {
  return new Set(timeline.flatMap((line) => (line.kind === 'event' ? [`${line.event} on ${line.on}: ${told(line.message)}`] : [])));
}

/** Refusals of the API server, and exit codes and output of plugin commands, in their order. */
function compareAnswers(recording: Recording, run: Digest): readonly Difference[] {
  const refusals = pairUp(recording.timeline, run.timeline, (line) =>
    line.kind === 'refused' ? `${line.label}: ${line.status} ${line.message}` : undefined,
  );
  const plugins = pairUp(recording.timeline, run.timeline, (line) =>
    line.kind === 'returned' ? `${line.label} returned ${line.code}: ${line.output.map(shownLine).sort().join(' | ')}` : undefined,
  );
  return [...differences('refusal', refusals), ...differences('plugin', plugins)];
}

/** A line of output without ages, suffixes of pods and the alignment that their lengths caused; the order of stdout and stderr is not kept. */
function shownLine(line: string): string {
  return line
    .replace(/\bdelay:(passed|\d+\S*)/g, 'delay:<age>')
    .replace(/(?<![\w:.<])\d+(\.\d+)?(ms|s|m|h|d)(\d+(s|m|h))?(?![\w.])/g, '<age>')
    .replace(/-[a-z0-9]{5}(?=\s+Pod\b)/g, '-xxxxx')
    .replace(/\s+/g, ' ')
    .trim();
}

function pairUp(
  recorded: readonly TimelineLine[],
  seen: readonly TimelineLine[],
  tell: (line: TimelineLine) => string | undefined,
): readonly string[] {
  const [theirs, ours] = [recorded, seen].map((lines) => lines.flatMap((line) => tell(line) ?? []));
  const length = Math.max(theirs?.length ?? 0, ours?.length ?? 0);
  return Array.from({ length }, (_, index) => [theirs?.[index] ?? 'nothing', ours?.[index] ?? 'nothing'] as const)
    .filter(([theirs, ours]) => theirs !== ours)
    .map(([theirs, ours]) => `${ours} instead of ${theirs}`);
}

function compareExtremes({ extremes: theirs }: Recording, { extremes: ours }: Digest): readonly Difference[] {
  const texts: string[] = [];
  if (theirs.fewestAvailable !== undefined && (ours.fewestAvailable ?? 0) < theirs.fewestAvailable) {
    texts.push(`fewest available pods ${ours.fewestAvailable ?? 0}, recorded ${theirs.fewestAvailable}`);
  }
  if (theirs.fewestAvailable !== undefined && (ours.mostWanted ?? 0) > (theirs.mostWanted ?? 0)) {
    texts.push(`most wanted pods ${ours.mostWanted ?? 0}, recorded ${theirs.mostWanted ?? 0}`);
  }
  return differences('extremes', texts);
}

function compareHashes(recording: Recording, run: Digest): readonly Difference[] {
  const pairs = [
    [recording.hashes, run.hashes],
    [recording.stepHashes, run.stepHashes],
  ] as const;
  const texts = pairs.flatMap(([theirs, ours]) =>
    Object.entries(theirs).flatMap(([name, hash]) =>
      ours[name] === undefined || ours[name] === hash ? [] : [`${name} is ${ours[name]} instead of ${hash}`],
    ),
  );
  return differences('hash', texts);
}
