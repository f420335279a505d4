import { describe, expect, it } from '@jest/globals';
import { command, group, one } from './command.js';
import { switchFlag, textFlag, wordFlag } from './flag.js';
import { renderHelp, renderUsage } from './help.js';

const status = command({
  name: 'status',
  aliases: ['st'],
  summary: 'Print the status',
  about: 'Print the status of a rollout each time it changes, until it is Healthy or Degraded or the time is up.',
  examples: ['status web'],
  arguments: one('ROLLOUT_NAME', 'rollouts'),
  flags: {
    watch: switchFlag('wait until the update has ended, with a line for each change of phase or message on the way there', { short: 'w' }),
    dryRun: wordFlag(['none', 'client'], 'show only', { bare: 'client' }),
    secret: switchFlag('not shown', { isHidden: true }),
  },
  run: async () => 0,
});
const root = group('kubectl sluice', 'Steer rollouts', [status, group('get', 'Show things', [])]);
const options = { width: 60, globals: { namespace: textFlag('NAMESPACE', 'where', { short: 'n' }) } };

describe('renderHelp', () => {
  it('describes a command within the width', () => {
    expect(renderHelp([root, status], options)).toBe(`Print the status of a rollout each time it changes, until it
is Healthy or Degraded or the time is up.

Usage:
  kubectl sluice status ROLLOUT_NAME [flags]

Aliases:
  status, st

Examples:
  kubectl sluice status web

Flags:
  -w, --watch                  wait until the update has
                               ended, with a line for each
                               change of phase or message on
                               the way there
      --dry-run[=none|client]  show only

Connection flags:
  -n, --namespace NAMESPACE  where
`);
  });

  it('lists the commands of a group', () => {
    expect(renderHelp([root], options)).toBe(`Steer rollouts

Usage:
  kubectl sluice COMMAND

Commands:
  status  Print the status
  get     Show things

Connection flags:
  -n, --namespace NAMESPACE  where

Use "kubectl sluice COMMAND --help" for more about a command.
`);
  });
});

describe('renderUsage', () => {
  it('is short and says where there is more', () => {
    expect(renderUsage([root], options)).toBe(`Usage:
  kubectl sluice COMMAND

Commands:
  status  Print the status
  get     Show things

Use "kubectl sluice --help" for more.
`);
  });
});
