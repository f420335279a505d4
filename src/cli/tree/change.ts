import { command, group, type CommandNode } from '../line/command.js';
import { writeFlags } from './write-flags.js';

export const changeCommands: readonly CommandNode[] = [
  group('set', 'Change a field of a rollout', [
    command({
      name: 'image',
      summary: 'Set the image of a container, or of all with *=IMAGE',
      examples: ['set image web app=example.io/web:2.4', "set image web '*=example.io/web:2.4'"],
      arguments: { usage: 'ROLLOUT_NAME CONTAINER=IMAGE', least: 2, most: 2, completes: ['rollouts', 'containers'] },
      flags: writeFlags,
      run: async (context, [name = '', assignment = ''], flags) => {
        const { setImage } = await import('../commands/set-image.js');
        return setImage(await context.connect(), name, assignment, flags);
      },
    }),
  ]),
];
