import { command, type CommandNode } from '../line/command.js';
import { switchFlag } from '../line/flag.js';

/** What concerns the plugin itself. */
export const ownCommands: readonly CommandNode[] = [
  command({
    name: 'version',
    summary: 'Print the version of this plugin',
    flags: { short: switchFlag('only the version') },
    run: async ({ io, program }, _args, flags) => {
      const { versionText } = await import('../commands/version.js');
      io.out(versionText(program.binary, flags.short));
      return 0;
    },
  }),
];
