import { wordFlag } from '../line/flag.js';

/** Flags of every command that writes. */
export const writeFlags = {
  dryRun: wordFlag(
    ['none', 'client', 'server'],
    'only show what would be written: client asks nobody, server lets the API server judge it',
    {
      bare: 'client',
    },
  ),
  output: wordFlag(['name', 'json'], 'print the name or the whole object instead of a sentence', { short: 'o' }),
} as const;
