import { realScheduler } from '../../src/lib/scheduler.js';
import { readConfig } from '../config.js';
import { writeArtefacts } from '../fixture/artefacts.js';
import type { Mode } from '../fixture/modes.js';
import { runStories } from '../fixture/run-stories.js';
import { openStages } from '../fixture/stages.js';
import type { Story } from '../fixture/story.js';
import { allStories } from '../stories/index.js';
import { EXIT } from '../lib/exit-codes.js';

const usage = `usage: e2e stories local|real [--only TEXT] [--list]
Tells every story of e2e/stories that can be told there. FLAKES=N: each N times; E2E_SEED=N: from that seed on.
  --only  only stories whose text contains TEXT
  --list  only name them`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** `stories local|real`: tells stories, prints each with its time. @returns the exit code */
export async function tellStories(args: readonly string[]): Promise<number> {
  const mode = args.find((arg): arg is Mode => arg === 'local' || arg === 'real');
  if (mode === undefined) {
    process.stderr.write(`${usage}\n`);
    return EXIT.usage;
  }
  const only = args.includes('--only') ? (args[args.indexOf('--only') + 1] ?? '') : '';
  const stories = allStories.filter(({ text, options }) => options.on.includes(mode) && text.includes(only));
  if (args.includes('--list')) {
    for (const { text } of stories) print(text);
    return EXIT.ok;
  }
  return tell(mode, stories);
}

async function tell(mode: Mode, stories: readonly Story[]): Promise<number> {
  const config = readConfig();
  const scheduler = realScheduler();
  const startedAt = scheduler.now();
  const stages = await openStages(mode, config, scheduler);
  if (stages.kind === 'missing') {
    print(`skipped: stories [${mode}] (${stages.reason})\n${stages.remedy}`);
    return EXIT.skipped;
  }
  print(`${mode} stage ready after ${scheduler.now() - startedAt} ms, ${stories.length} stories`);
  try {
    const counts = await runStories(stories, {
      provider: stages.provider,
      repeats: config.repeats,
      seed: config.seed,
      now: () => scheduler.now(),
      print,
      keep: (name, artefacts) => writeArtefacts(config.artefactsDir, name, artefacts),
    });
    print(`stories took ${scheduler.now() - startedAt} ms`);
    print(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    return counts.failed > 0 ? EXIT.failed : EXIT.ok;
  } finally {
    await stages.provider.close();
  }
}
