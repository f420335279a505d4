/**
 * Runs every step of ci-steps.mjs, whatever the others say, adds up their counts and ends with the total.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { debianPackages, steps } from './ci-steps.mjs';
import { verdictOnStep } from './ci-verdict.mjs';
import { readExpectedSkips } from './expected-skips.mjs';
import { run, secondsSince } from './run.mjs';
import { addCounts, renderCounts } from './summary.mjs';

/** @typedef {import('./ci-steps.mjs').Step} Step */
/** @typedef {import('./ci-verdict.mjs').StepVerdict} StepVerdict */

const root = path.resolve(import.meta.dirname, '..');
const limitMs = 55 * 60_000;
const startedAt = performance.now();

/** @type {(command: string) => boolean} */
const isOnPath = (command) => (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, command)));

async function installDebianPackages() {
  const missing = debianPackages.filter(({ command }) => !isOnPath(command)).map((each) => each.package);
  if (missing.length === 0) return;
  console.log(`installing ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const onOutput = (/** @type {string} */ text) => process.stdout.write(text);
  await run(['apt-get', 'update', '-q'], { env, onOutput });
  await run(['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...missing], { env, onOutput });
}

/** @type {(step: Step) => Promise<StepVerdict>} */
async function perform(step) {
  console.log(`\n=== ${step.name}: ${step.command.join(' ')}`);
  const leftMs = limitMs - (performance.now() - startedAt);
  const result = await run(step.command, {
    cwd: root,
    timeoutMs: Math.max(1, Math.min(step.limitMinutes * 60_000, leftMs)),
    onOutput: (text) => process.stdout.write(text),
  });
  return verdictOnStep(step, result, readExpectedSkips());
}

const scripts = new Set(Object.keys(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).scripts));
console.log(`node ${process.version}, ${process.platform} ${process.arch}, commit ${commit()}`);
await installDebianPackages();
/** @type {{ name: string, tookSeconds: string, verdict: StepVerdict }[]} */
const done = [];
for (const step of steps) {
  if (step.script !== undefined && !scripts.has(step.script)) {
    console.log(`\n=== ${step.name}: not run, package.json has no script ${step.script} yet`);
    continue;
  }
  const stepStartedAt = performance.now();
  const verdict = await perform(step);
  done.push({ name: step.name, tookSeconds: secondsSince(stepStartedAt), verdict });
}
console.log('\n=== all steps');
for (const { name, tookSeconds, verdict } of done) console.log(`${name} (${tookSeconds}): ${renderCounts(verdict.counts)}`);
for (const complaint of done.flatMap(({ verdict }) => verdict.complaints)) console.log(`FAIL ${complaint}`);
const total = addCounts(done.map(({ verdict }) => verdict.counts));
console.log(`CI took ${secondsSince(startedAt)}`);
console.log(renderCounts(total));
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

function commit() {
  return spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout?.trim() || 'unknown';
}
