import type { Aspect, Difference } from './difference.js';
import type { Recording } from './format.js';

/** A way in which Sluice goes otherwise than the peer on purpose. README's table "Differences" has a row with the words of `readme`. */
export interface KnownDifference {
  readonly aspect: Aspect;
  /** Regular expression that is found in the text of the difference. */
  readonly pattern: string;
  readonly reason: string;
  readonly readme: string;
}

export type Expectation =
  | { readonly status: 'agrees' }
  /** Needs a feature that comes later; played only on request. */
  | { readonly status: 'later'; readonly feature: string; readonly issue: number }
  | { readonly status: 'differs'; readonly differences: readonly KnownDifference[] };

/** Values that a scenario is played and compared with instead of the recorded ones, where these only made sense with upstream's clock. */
export interface Adjustment {
  /** Texts of the recording's JSON. */
  readonly edits: readonly { readonly from: string; readonly to: string }[];
  readonly reason: string;
}

export interface Expectations {
  /** Differences that may occur in any scenario. */
  readonly everywhere: readonly KnownDifference[];
  readonly scenarios: Readonly<Record<string, Expectation>>;
  readonly adjusted: Readonly<Record<string, Adjustment>>;
}

export interface Judgement {
  /** Differences that nobody has listed: bugs, until somebody says otherwise. */
  readonly unlisted: readonly Difference[];
  /** Listed ones that did not occur: the table claims more than is true. */
  readonly stale: readonly KnownDifference[];
}

/** Holds the differences of a play against what the table says about its scenario. */
export function judge(expectation: Expectation, everywhere: readonly KnownDifference[], found: readonly Difference[]): Judgement {
  const listed = expectation.status === 'differs' ? expectation.differences : [];
  const isListed = (difference: Difference): boolean => [...listed, ...everywhere].some((known) => matches(known, difference));
  return {
    unlisted: found.filter((difference) => !isListed(difference)),
    stale: listed.filter((known) => !found.some((difference) => matches(known, difference))),
  };
}

function matches(known: KnownDifference, { aspect, text }: Difference): boolean {
  return known.aspect === aspect && new RegExp(known.pattern).test(text);
}

/** @throws Error when the recording does not have what is to be replaced */
export function adjust(recording: Recording, adjustment: Adjustment | undefined): Recording {
  if (adjustment === undefined) return recording;
  let text = JSON.stringify(recording);
  for (const { from, to } of adjustment.edits) {
    if (!text.includes(from)) throw new Error(`${recording.scenario} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  // The same recording with other values in it.
  return JSON.parse(text) as Recording;
}

/** What is wrong with the table itself: scenarios it lacks or invents, reasons that README does not give. */
export function faultsOf(expectations: Expectations, scenarios: readonly string[], readme: string): readonly string[] {
  const listed = Object.keys(expectations.scenarios);
  const all = [
    ...expectations.everywhere,
    ...Object.values(expectations.scenarios).flatMap((each) => (each.status === 'differs' ? each.differences : [])),
  ];
  const table = differencesSection(readme);
  return [
    ...Object.keys(expectations.adjusted)
      .filter((name) => !scenarios.includes(name))
      .map((name) => `${name} is adjusted, but there is no such scenario`),
    ...scenarios.filter((name) => !listed.includes(name)).map((name) => `${name} is not in the table`),
    ...listed.filter((name) => !scenarios.includes(name)).map((name) => `${name} is in the table, but there is no such scenario`),
    ...[...new Set(all.map((known) => known.readme))]
      .filter((words) => !table.includes(words))
      .map((words) => `README's "Differences" does not say "${words}"`),
  ];
}

/** From the heading to the next one of its level. */
function differencesSection(readme: string): string {
  const [, section = ''] = /^##+ Differences[^\n]*\n([\s\S]*?)(?=^##? |\n*$(?![\s\S]))/m.exec(readme) ?? [];
  return section;
}
