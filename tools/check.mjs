/**
 * Everything that is judged without running the product: `node tools/check.mjs [NAME...]`, all of it without a name.
 */
import path from 'node:path';
import { run, secondsSince } from './run.mjs';

/** @typedef {{ readonly name: string, readonly command: readonly string[], readonly repair: string }} Check */

const root = path.resolve(import.meta.dirname, '..');
/** @type {(name: string, ...rest: string[]) => string[]} A script of an installed package, without the cost of npx. */
const bin = (name, ...rest) => [process.execPath, path.join('node_modules', name), ...rest];

/** @type {readonly Check[]} The slow ones first, as two run at a time. */
const checks = [
  { name: 'lint', command: bin('eslint/bin/eslint.js', '.', '--max-warnings=0'), repair: 'npm run lint -- --fix' },
  { name: 'types', command: bin('typescript/bin/tsc', '--noEmit', '-p', '.'), repair: '' },
  { name: 'format', command: bin('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'), repair: 'npm run format' },
  { name: 'dead-code', command: bin('knip/bin/knip.js'), repair: '' },
  { name: 'dead-code-in-product', command: bin('knip/bin/knip.js', '--production', '--include=files'), repair: '' },
  { name: 'generated', command: [process.execPath, 'tools/generated.mjs'], repair: 'node tools/generated.mjs --write' },
];
const atOnce = 2;

/** @type {(check: Check) => Promise<boolean>} whether it passed */
async function perform(check) {
  const startedAt = performance.now();
  const { code, output } = await run(check.command, { cwd: root, env: { ...process.env, NO_COLOR: '1' } });
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${check.name} (${secondsSince(startedAt)})`);
  if (code === 0) return true;
  console.log(output.trimEnd());
  if (check.repair) console.log(`what can be repaired by a machine: ${check.repair}`);
  return false;
}

/** @type {(waiting: Check[], verdicts: boolean[]) => Promise<void>} */
async function worker(waiting, verdicts) {
  for (let next = waiting.shift(); next; next = waiting.shift()) verdicts.push(await perform(next));
}

const names = process.argv.slice(2);
const waiting = checks.filter(({ name }) => names.length === 0 || names.includes(name));
/** @type {boolean[]} */
const verdicts = [];
await Promise.all(Array.from({ length: atOnce }, () => worker(waiting, verdicts)));
const isFine = verdicts.length > 0 && verdicts.every(Boolean);
console.log(
  isFine ? 'check: all fine' : `check: ${verdicts.filter((verdict) => !verdict).length || 'nothing known'} of ${verdicts.length} failed`,
);
process.exitCode = isFine ? 0 : 1;
