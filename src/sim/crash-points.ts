import { playScenario, type Scenario, type ScenarioResult } from './scenario.js';
import type { CrashPoint } from './world.js';

export interface CrashReport {
  readonly scenario: string;
  /** Runs with a crash, beside the one without. */
  readonly points: number;
  readonly failures: readonly { readonly point?: CrashPoint; readonly text: string }[];
}

/**
 * Plays a scenario once, and for every API call the controller made once more with it dying right before and once right after that call.
 * All must come to the same end with no oracle broken.
 *
 * @param every takes each n-th call only: a slice for quick runs
 */
export async function tryCrashPoints(scenario: Scenario, every = 1): Promise<CrashReport> {
  const calm = await playScenario(scenario);
  const failures = problemsOf(calm).map((text) => ({ text }));
  if (failures.length > 0) return { scenario: scenario.name, points: 0, failures };
  const points = crashPoints(calm.calls, every);
  const broken: { readonly point: CrashPoint; readonly text: string }[] = [];
  for (const point of points) {
    const run = await playScenario(scenario, { crashAt: point });
    const problems = problemsOf(run);
    if (run.failed === undefined && run.digest !== calm.digest)
      problems.push(`ends elsewhere: ${firstDifference(calm.digest, run.digest)}`);
    broken.push(
      ...problems.map((text) => ({ point, text: `${text} (dying ${point.when} call ${point.call}: ${run.trace[point.call - 1] ?? '?'})` })),
    );
  }
  return { scenario: scenario.name, points: points.length, failures: broken };
}

function crashPoints(calls: number, every: number): readonly CrashPoint[] {
  return Array.from({ length: calls }, (_, i) => i + 1)
    .filter((call) => call % every === 0)
    .flatMap((call) => [
      { call, when: 'before' as const },
      { call, when: 'after' as const },
    ]);
}

function problemsOf({ violations, failed }: ScenarioResult): string[] {
  return [...(failed === undefined ? [] : [failed]), ...violations.map((v) => `${v.invariant} ${v.rollout ?? ''}: ${v.text}`)];
}

function firstDifference(left: string, right: string): string {
  const [a, b] = [left.split('\n'), right.split('\n')];
  const at = a.findIndex((line, i) => line !== b[i]);
  return `line ${at + 1}: ${a[at]?.trim() ?? ''} against ${b[at]?.trim() ?? ''}`;
}
