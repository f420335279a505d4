import { group, type CommandGroup } from '../line/command.js';
import { changeCommands } from './change.js';
import { ownCommands } from './own.js';
import { readCommands } from './read.js';
import { steerCommands } from './steer.js';
import { understandCommands } from './understand.js';

/**
 * Every command.
 * @param call how the user calls the program: `kubectl sluice`
 */
export function commandTree(call: string): CommandGroup {
  return group(call, 'Watch and steer progressive rollouts', [
    ...readCommands,
    ...understandCommands,
    ...steerCommands,
    ...changeCommands,
    ...ownCommands,
  ]);
}
