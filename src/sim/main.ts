import { tryCrashPoints } from './crash-points.js';
import { deedNames, playHistory } from './random-history.js';
import { playScenario } from './scenario.js';
import { canaryScenarios } from './scenarios/canary.js';
import { routedScenarios } from './scenarios/routed.js';

const usage = `usage: sim scenarios [NAME-PART] [--trace]     plays the scenarios
       sim crashes [NAME-PART] [--every N]     plays each once for every (or every n-th) call of the controller, which dies there
       sim histories [--count N] [--seed N]    plays random histories of 20 deeds each
Ends with the numbers passed, failed and skipped.`;

const [command = '', ...args] = process.argv.slice(2);

function numberOf(flag: string, fallback: number): number {
  const at = args.indexOf(flag);
  return at < 0 ? fallback : Number(args[at + 1]);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const part = args.find((a, i) => !a.startsWith('--') && !(args[i - 1] ?? '').startsWith('--')) ?? '';
const scenarios = [...canaryScenarios, ...routedScenarios].filter((s) => s.name.includes(part));
const tally = { passed: 0, failed: 0 };

function tell(name: string, problems: readonly string[]): void {
  tally[problems.length === 0 ? 'passed' : 'failed'] += 1;
  say(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const problem of problems.slice(0, 5)) say(`     ${problem}`);
}

async function scenariosOnce(): Promise<void> {
  for (const scenario of scenarios) {
    const { calls, failed, violations, trace } = await playScenario(scenario);
    tell(`${scenario.name}: ${calls} calls`, [
      ...(failed === undefined ? [] : [failed]),
      ...violations.map((v) => `${v.invariant} ${v.text}`),
    ]);
    if (args.includes('--trace')) for (const line of trace) say(`     ${line}`);
  }
}

async function crashes(): Promise<void> {
  let points = 0;
  for (const scenario of scenarios) {
    const report = await tryCrashPoints(scenario, numberOf('--every', 1));
    points += report.points;
    tell(
      `${scenario.name}: ${report.points} crash points`,
      report.failures.map((f) => f.text),
    );
  }
  say(`${points} crash points in ${scenarios.length} scenarios`);
}

async function histories(): Promise<void> {
  const count = numberOf('--count', 100);
  const first = numberOf('--seed', 1);
  const cells = new Map<string, number>();
  for (let seed = first; seed < first + count; seed++) {
    const { failed, violations, covered, events } = await playHistory(seed);
    const problems = [...(failed === undefined ? [] : [failed]), ...violations.map((v) => `${v.invariant} ${v.text}`)];
    for (const cell of covered) cells.set(cell, (cells.get(cell) ?? 0) + 1);
    if (problems.length > 0) tell(`history ${seed}`, [...problems, events.join('; ')]);
    else if (args.includes('--tell')) tell(`history ${seed}`, []);
    else tally.passed += 1;
  }
  say(`seeds ${first} to ${first + count - 1}; deeds by phase they met:`);
  for (const deed of deedNames) {
    const phases = ['Healthy', 'Progressing', 'Paused', 'Degraded'].map((phase) => `${phase} ${cells.get(`${deed} / ${phase}`) ?? 0}`);
    say(`  ${deed.padEnd(16)} ${phases.join('  ')}`);
  }
}

switch (command) {
  case 'scenarios':
    await scenariosOnce();
    break;
  case 'crashes':
    await crashes();
    break;
  case 'histories':
    await histories();
    break;
  default:
    say(usage);
    tally.failed += 1;
}
say(`${tally.passed} passed, ${tally.failed} failed, 0 skipped`);
process.exitCode = tally.failed === 0 ? 0 : 1;
