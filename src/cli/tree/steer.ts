import { command, group, one, some, type CommandNode } from '../line/command.js';
import { optionalCountFlag, switchFlag } from '../line/flag.js';
import { writeFlags } from './write-flags.js';

const steerFlags = {
  revision: optionalCountFlag('N', 'only if the newest revision is N; else nothing is changed', { completes: 'revisions' }),
  ...writeFlags,
} as const;

export const steerCommands: readonly CommandNode[] = [
  command({
    name: 'promote',
    summary: 'Go on past the pause or step a rollout is at',
    about:
      'Go on past what a rollout waits for: a pause, or the step it is at. With --full every step, pause and analysis that is left is skipped.',
    examples: ['promote web', 'promote web --full'],
    arguments: one('ROLLOUT_NAME', 'rollouts'),
    flags: {
      full: switchFlag('skip every step, pause and analysis that is left'),
      skipCurrentStep: switchFlag('skip the current step', { short: 'c', isHidden: true, deprecated: 'a plain promote does the same' }),
      skipAllSteps: switchFlag('skip all steps', { short: 'a', isHidden: true, deprecated: 'use --full instead' }),
      ...steerFlags,
    },
    run: async (context, [name = ''], flags) => {
      const { promote } = await import('../commands/steer.js');
      return promote(await context.connect(), name, flags);
    },
  }),
  command({
    name: 'abort',
    summary: 'Go back to the stable version and stay there',
    examples: ['abort web'],
    arguments: some('ROLLOUT_NAME', 'rollouts'),
    flags: steerFlags,
    run: async (context, names, flags) => {
      const { abort } = await import('../commands/steer.js');
      return abort(await context.connect(), names, flags);
    },
  }),
  group('retry', 'Start an aborted rollout or a finished experiment again', [
    command({
      name: 'rollout',
      aliases: ['ro', 'rollouts'],
      summary: 'Start the steps of an aborted rollout again',
      examples: ['retry rollout web'],
      arguments: some('ROLLOUT_NAME', 'rollouts'),
      flags: steerFlags,
      run: async (context, names, flags) => {
        const { retryRollout } = await import('../commands/steer.js');
        return retryRollout(await context.connect(), names, flags);
      },
    }),
  ]),
];
