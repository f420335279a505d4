import { versionText } from '../commands/version.js';
import { command, type CommandNode } from '../line/command.js';
import { countFlag, switchFlag, textFlag, wordFlag } from '../line/flag.js';
import { usageError } from '../line/usage-error.js';
import { ControllerError } from '../../lib/errors.js';

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
const versionFlags = { short: switchFlag('only the version'), output: wordFlag(['json'], 'print it as data', { short: 'o' }) } as const;

/** What concerns the plugin itself. */
export const ownCommands: readonly CommandNode[] = [
  command({
    name: 'completion',
    summary: 'Print the script that teaches a shell to complete this command',
    examples: ['completion bash > ~/.local/share/bash-completion/completions/kubectl-sluice'],
    arguments: { usage: shells.join('|'), least: 1, most: 1, completes: [{ words: shells }] },
    flags: {},
    run: async ({ io, program }, [wanted]) => {
      const shell = shells.find((each) => each === wanted);
      if (shell === undefined) throw usageError(`there is no completion for "${wanted ?? ''}", only for ${shells.join(', ')}`);
      const { completionScript } = await import('../more-commands.js');
      io.out(completionScript(shell, program.binary));
      return 0;
    },
  }),
  command({
    name: 'dashboard',
    summary: 'Serve the dashboard (comes with a later version)',
    flags: { rootPath: textFlag('PATH', 'path it is served under'), port: countFlag('PORT', 'port it listens on', 3100, { short: 'p' }) },
    run: async () => later('dashboard', '`get rollout NAME --watch` shows a rollout live in the terminal'),
  }),
  command({
    name: 'notifications',
    summary: 'Work on notification templates and triggers (comes with a later version)',
    arguments: { usage: '[ARGUMENT...]', least: 0, completes: [] },
    flags: {},
    run: async () => later('notifications', 'until then they are configured by hand'),
  }),
  command({
    name: 'version',
    summary: 'Print the version of this plugin',
    flags: versionFlags,
    run: async ({ io, program }, _args, flags) => {
      io.out(versionText(program.binary, flags));
      return 0;
    },
  }),
];

function later(name: string, meanwhile: string): never {
  throw new ControllerError('unsupported', `"${name}" comes with a later version; ${meanwhile}`);
}
