import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { realScheduler } from '../../src/lib/scheduler.js';
import type { E2eConfig } from '../config.js';
import { readConfig } from '../config.js';
import type { Mode } from '../fixture/modes.js';
import type { StageProvider } from '../fixture/stage.js';
import { openStages } from '../fixture/stages.js';
import { EXIT } from '../lib/exit-codes.js';
import { inParallel } from '../lib/in-parallel.js';
import type { Expectation, Expectations } from '../recordings/expectations.js';
import { adjust, faultsOf, judge } from '../recordings/expectations.js';
import expectationsFile from '../recordings/expectations.json' with { type: 'json' };
import type { Recording } from '../recordings/format.js';
import { loadRecordings } from '../recordings/load.js';
import { play } from '../recordings/play.js';

const usage = `usage: e2e recordings [local|real]... [--only NAME,NAME] [--all] [--details]
Replays what Argo Rollouts was seen to do with Sluice and compares. Without a mode: on both.
  --only     only scenarios whose name contains one of these
  --all      also those whose features come later
  --details  print every difference, also the listed ones`;

interface Options {
  readonly modes: readonly Mode[];
  readonly only: readonly string[];
  readonly all: boolean;
  readonly details: boolean;
}

/** Cluster time one scenario may take. */
const limitMs = 300_000;
/** In real time scenarios mostly wait, so that more of them than stories fit side by side. */
const realParallel = 6;

// Checked by faultsOf against the recordings and README before it is used; its form is the compiler's business.
const expectations = expectationsFile as Expectations;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** `recordings [local|real]...`: replays recordings and compares. @returns the exit code */
export async function replayRecordings(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === undefined) {
    process.stderr.write(`${usage}\n`);
    return EXIT.usage;
  }
  const config = readConfig();
  const loaded = loadRecordings(config.recordingsDir);
  if (loaded.kind === 'absent') {
    print(`skipped: recordings (${loaded.reason})`);
    return EXIT.skipped;
  }
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  reportFaults(config, loaded.recordings, counts);
  for (const mode of options.modes) await replayOn(mode, loaded.recordings, options, config, counts);
  print(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed > 0 ? EXIT.failed : EXIT.ok;
}

function parseOptions(args: readonly string[]): Options | undefined {
  const modes = args.filter((arg): arg is Mode => arg === 'local' || arg === 'real');
  const onlyAt = args.indexOf('--only');
  const only = onlyAt < 0 ? [] : (args[onlyAt + 1] ?? '').split(',');
  const known = modes.length + (onlyAt < 0 ? 0 : 2) + args.filter((arg) => arg === '--all' || arg === '--details').length;
  if (known !== args.length) return undefined;
  return { modes: modes.length === 0 ? ['local', 'real'] : modes, only, all: args.includes('--all'), details: args.includes('--details') };
}

function reportFaults(config: E2eConfig, recordings: readonly Recording[], counts: Counts): void {
  const readmeFile = join(config.repoRoot, 'README.md');
  const readme = existsSync(readmeFile) ? readFileSync(readmeFile, 'utf8') : '';
  const faults = faultsOf(
    expectations,
    recordings.map(({ scenario }) => scenario),
    readme,
  );
  for (const fault of faults) print(`FAILED the table of expectations: ${fault}`);
  counts.failed += faults.length;
}

async function replayOn(mode: Mode, recordings: readonly Recording[], options: Options, config: E2eConfig, counts: Counts): Promise<void> {
  const chosen = recordings.filter(({ scenario }) => options.only.length === 0 || options.only.some((name) => scenario.includes(name)));
  const stages = await openStages(mode, config, realScheduler());
  if (stages.kind === 'missing') {
    print(`skipped: recordings [${mode}] (${stages.reason})`);
    counts.skipped += 1;
    return;
  }
  try {
    const replayOne = (recording: Recording): Promise<void> => replay(recording, stages.provider, options, counts);
    await inParallel(
      chosen.filter((recording) => !stopsController(recording)),
      mode === 'real' ? realParallel : stages.provider.parallel,
      replayOne,
    );
    // The controller is shared: who stops it must be alone.
    await inParallel(chosen.filter(stopsController), 1, replayOne);
  } finally {
    await stages.provider.close();
  }
}

function stopsController({ script }: Recording): boolean {
  return script.some((action) => action.do === 'stopController');
}

async function replay(recording: Recording, provider: StageProvider, options: Options, counts: Counts): Promise<void> {
  const name = `recording ${recording.scenario} [${provider.mode}]`;
  const expectation = expectations.scenarios[recording.scenario] ?? { status: 'agrees' };
  if (expectation.status === 'later' && !options.all) {
    print(`later: ${name} (${expectation.feature}, issue ${expectation.issue})`);
    return;
  }
  const startedAt = performance.now();
  const lines = await playAndJudge(adjust(recording, expectations.adjusted[recording.scenario]), expectation, provider, options);
  const isBad = lines.some((line) => line.startsWith('  !'));
  const took = `${Math.round(performance.now() - startedAt)} ms`;
  if (expectation.status === 'later')
    print(`${isBad ? 'later: ' : 'later, but it agrees now: '}${name} (${expectation.feature}, issue ${expectation.issue}; ${took})`);
  else {
    counts[isBad ? 'failed' : 'passed'] += 1;
    print(`${isBad ? 'FAILED' : 'ok'} ${name} (${took})`);
  }
  for (const line of lines) if (options.details || line.startsWith('  !')) print(line);
}

/** Lines for the report; those that start with `  !` are why it failed. */
async function playAndJudge(
  recording: Recording,
  expectation: Expectation,
  provider: StageProvider,
  options: Options,
): Promise<readonly string[]> {
  try {
    const { differences } = await provider.withStage(recording.scenario, 1, limitMs, (stage) => play(recording, stage));
    const { unlisted, stale } = judge(expectation, expectations.everywhere, differences);
    const listed = differences.filter((difference) => !unlisted.includes(difference));
    return [
      ...unlisted.map(({ aspect, text }) => `  ! ${aspect}: ${text}`),
      ...stale.map(({ aspect, pattern }) => `  ! listed, but did not occur: ${aspect} ${pattern}`),
      ...(options.details ? listed.map(({ aspect, text }) => `    listed ${aspect}: ${text}`) : []),
    ];
  } catch (error) {
    return [`  ! ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
  }
}
