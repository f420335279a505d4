import type { Difference } from './difference.js';
import type { Digest } from './digest.js';
import type { Milestone, Recording, StateOfRest, TimelineLine } from './format.js';

/**
 * Reaches a run the recorded states of rest in their order? Action by action: every recorded state that is not merely passing must
 * occur, the last one of an action must be where the run rests too. A passing state must occur where it is a pause; others may be skipped.
 */
export function compareMilestones(recording: Recording, run: Digest): readonly Difference[] {
  const theirs = byAction(recording.milestones, recording.timeline);
  const ours = byAction(run.milestones, run.timeline);
  return [...theirs].flatMap(([action, milestones]) => compareAction(milestones, ours.get(action) ?? []));
}

/** Milestones under the number of the action they come after: labels repeat, numbers do not. */
function byAction(milestones: readonly Milestone[], timeline: readonly TimelineLine[]): ReadonlyMap<number, readonly Milestone[]> {
  const actions = timeline.flatMap((line) => (line.kind === 'action' ? [line] : []));
  const groups = new Map<number, Milestone[]>();
  let from = 0;
  for (const milestone of milestones) {
    // The last action of that label that had begun; times have a tenth of a second.
    const last = actions.findLastIndex(
      ({ label, t }, index) => index >= from && isLabel(milestone.after, label) && t <= milestone.t + 0.05,
    );
    from = Math.max(from, last);
    groups.set(from, [...(groups.get(from) ?? []), milestone]);
  }
  return groups;
}

/** Long labels are cut short in milestones. */
function isLabel(after: string, label: string): boolean {
  return after === label || (after.endsWith('...') && label.startsWith(after.slice(0, -'...'.length)));
}

function compareAction(theirs: readonly Milestone[], ours: readonly Milestone[]): readonly Difference[] {
  const found: Difference[] = [];
  let from = 0;
  theirs.forEach((milestone, index) => {
    const isRest = index === theirs.length - 1 && !milestone.passing;
    const place = isRest ? ours.length - 1 : ours.findIndex((other, at) => at >= from && sameState(milestone.state, other.state));
    const there = ours[place];
    if (there && sameState(milestone.state, there.state)) {
      from = place + 1;
      return;
    }
    if (milestone.passing && !isPause(milestone)) return;
    found.push({ aspect: 'milestone', text: describe(milestone, nearest(milestone, isRest ? ours.slice(-1) : ours)) });
  });
  return found;
}

function isPause({ state }: Milestone): boolean {
  return Object.values(state['rollout'] ?? {}).some((sentence) => sentence.startsWith('Paused'));
}

function sameState(theirs: StateOfRest, ours: StateOfRest): boolean {
  return deviations(theirs, ours).length === 0;
}

/** Sentences that differ, either side's. */
function deviations(theirs: StateOfRest, ours: StateOfRest): readonly string[] {
  const kinds = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
  return [...kinds].sort().flatMap((kind) => {
    const names = new Set([...Object.keys(theirs[kind] ?? {}), ...Object.keys(ours[kind] ?? {})]);
    return [...names].sort().flatMap((name) => {
      const [wanted, found] = [theirs[kind]?.[name], ours[kind]?.[name]];
      return wanted === found ? [] : [`${kind} ${name}: "${found ?? 'absent'}" instead of "${wanted ?? 'absent'}"`];
    });
  });
}

function nearest(milestone: Milestone, candidates: readonly Milestone[]): Milestone | undefined {
  const distance = (other: Milestone): number => deviations(milestone.state, other.state).length;
  return [...candidates].sort((a, b) => distance(a) - distance(b))[0];
}

function describe(milestone: Milestone, ours: Milestone | undefined): string {
  const where = `after "${milestone.after}"${milestone.passing ? ' (passing)' : ''}`;
  if (ours === undefined) return `${where}: no state of rest`;
  return `${where}: ${deviations(milestone.state, ours.state).join('; ')}`;
}
