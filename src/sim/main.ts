import { tryCrashPoints } from './crash-points.js';
import { playScenario } from './scenario.js';
import { canaryScenarios } from './scenarios/canary.js';

/** `sim [NAME-PART] [--crash [EVERY]] [--seed N]`: plays scenarios and says what broke. */
const args = process.argv.slice(2);
const part = args.find((a) => !a.startsWith('--')) ?? '';
const every = args.includes('--crash') ? 1 : 0;
let failed = 0;
for (const scenario of canaryScenarios.filter((s) => s.name.includes(part))) {
  if (every > 0) {
    const report = await tryCrashPoints(scenario, every);
    console.log(`${report.failures.length === 0 ? 'ok  ' : 'FAIL'} ${scenario.name}: ${report.points} crash points`);
    for (const f of report.failures.slice(0, 5)) console.log(`     ${f.text}`);
    failed += report.failures.length;
    continue;
  }
  const result = await playScenario(scenario);
  const isOk = result.failed === undefined && result.violations.length === 0;
  console.log(`${isOk ? 'ok  ' : 'FAIL'} ${scenario.name}: ${result.calls} calls`);
  if (result.failed !== undefined) console.log(`     ${result.failed}`);
  for (const v of result.violations) console.log(`     ${v.invariant} ${v.text}`);
  if (!isOk) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
