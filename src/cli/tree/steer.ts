import { retryExperiment, terminate } from '../commands/end-runs.js';
import { restart } from '../commands/restart.js';
import { abort, pause, promote, retryRollout } from '../commands/steer.js';
import { command, group, one, some, type CommandNode } from '../line/command.js';
import { optionalCountFlag, switchFlag, textFlag } from '../line/flag.js';
import { writeFlags } from './write-flags.js';

const steerFlags = {
  revision: optionalCountFlag('N', 'only if the newest revision is N; else nothing is changed', { completes: 'revisions' }),
  ...writeFlags,
} as const;

const rolloutName = one('ROLLOUT_NAME', 'rollouts');
const rolloutNames = some('ROLLOUT_NAME', 'rollouts');
const experimentNames = some('EXPERIMENT_NAME', 'experiments');
const experimentAliases = ['exp', 'experiments'];

export const steerCommands: readonly CommandNode[] = [
  command({
    name: 'promote',
    summary: 'Go on past the pause or step a rollout is at',
    about:
      'Go on past what a rollout waits for: a pause, or the step it is at. With --full every step, pause and analysis that is left is skipped.',
    examples: ['promote web', 'promote web --full'],
    arguments: rolloutName,
    flags: {
      full: switchFlag('skip every step, pause and analysis that is left'),
      skipCurrentStep: switchFlag('skip the current step', {
        short: 'c',
        isHidden: true,
        deprecated: 'use without the flag instead ex: promote ROLLOUT_NAME',
      }),
      skipAllSteps: switchFlag('skip all steps', { short: 'a', isHidden: true, deprecated: 'use --full instead' }),
      ...steerFlags,
    },
    run: async (context, [name = ''], flags) => {
      return promote(await context.connect(), name, flags);
    },
  }),
  command({
    name: 'abort',
    summary: 'Go back to the stable version and stay there',
    examples: ['abort web'],
    arguments: rolloutNames,
    flags: steerFlags,
    run: async (context, names, flags) => {
      return abort(await context.connect(), names, flags);
    },
  }),
  group('retry', 'Start an aborted rollout or a finished experiment again', [
    command({
      name: 'rollout',
      aliases: ['ro', 'rollouts'],
      summary: 'Start the steps of an aborted rollout again',
      examples: ['retry rollout web'],
      arguments: rolloutNames,
      flags: steerFlags,
      run: async (context, names, flags) => {
        return retryRollout(await context.connect(), names, flags);
      },
    }),
    command({
      name: 'experiment',
      aliases: experimentAliases,
      summary: 'Start an experiment again from scratch',
      examples: ['retry experiment price-ab'],
      arguments: experimentNames,
      flags: writeFlags,
      run: async (context, names, flags) => {
        return retryExperiment(await context.connect(), names, flags);
      },
    }),
  ]),
  command({
    name: 'pause',
    summary: 'Hold a rollout where it is, until it is promoted',
    examples: ['pause web'],
    arguments: rolloutNames,
    flags: steerFlags,
    run: async (context, names, flags) => {
      return pause(await context.connect(), names, flags);
    },
  }),
  command({
    name: 'restart',
    summary: 'Make every pod of a rollout anew, a few at a time',
    examples: ['restart web', 'restart web --in 10m'],
    arguments: rolloutName,
    flags: { in: textFlag('DURATION', 'begin that much later (10s, 5m, 1h)', { short: 'i' }), ...writeFlags },
    run: async (context, [name = ''], flags) => {
      return restart(await context.connect(), name, flags);
    },
  }),
  group('terminate', 'End an analysis run or an experiment early', [
    command({
      name: 'analysisrun',
      aliases: ['ar', 'analysisruns'],
      summary: 'End an analysis run',
      examples: ['terminate analysisrun web-5c9f7b6d44-2'],
      arguments: some('ANALYSISRUN_NAME', 'analysisruns'),
      flags: writeFlags,
      run: async (context, names, flags) => {
        return terminate(await context.connect(), 'analysisRuns', names, flags);
      },
    }),
    command({
      name: 'experiment',
      aliases: experimentAliases,
      summary: 'End an experiment',
      examples: ['terminate experiment price-ab'],
      arguments: experimentNames,
      flags: writeFlags,
      run: async (context, names, flags) => {
        return terminate(await context.connect(), 'experiments', names, flags);
      },
    }),
  ]),
];
