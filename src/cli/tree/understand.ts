import { command, one, type CommandNode } from '../line/command.js';
import { switchFlag, wordFlag } from '../line/flag.js';

const explainFlags = {
  noColor: switchFlag('no colours'),
  output: wordFlag(['json'], 'print it as data', { short: 'o' }),
} as const;

/** What upstream does not have: why, what was, what is wrong, what would be. */
export const understandCommands: readonly CommandNode[] = [
  command({
    name: 'explain',
    summary: 'Say what a rollout waits for, why, until when, and what would unblock it',
    examples: ['explain web', 'explain web -o json'],
    arguments: one('ROLLOUT_NAME', 'rollouts'),
    flags: explainFlags,
    run: async (context, [name = ''], flags) => {
      const { explain } = await import('../commands/explain.js');
      return explain(await context.connect(), name, context.program.call, flags);
    },
  }),
];
