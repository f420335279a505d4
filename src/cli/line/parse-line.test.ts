import { describe, expect, it } from '@jest/globals';
import { errorMessage } from '../../lib/errors.js';
import { command, group, one, some, type CommandNode } from './command.js';
import { countFlag, durationFlag, switchFlag, textFlag, textsFlag, wordFlag } from './flag.js';
import { parseLine, type ParsedLine } from './parse-line.js';

const run = async (): Promise<0> => 0;
const nodes: readonly CommandNode[] = [
  group('get', 'Show', [
    command({
      name: 'rollout',
      aliases: ['ro'],
      summary: 'Show one',
      arguments: one('ROLLOUT_NAME', 'rollouts'),
      flags: {
        watch: switchFlag('watch', { short: 'w' }),
        all: switchFlag('all', { short: 'A' }),
        timeoutSeconds: countFlag('SECONDS', 'end', 0),
        timeout: durationFlag('DURATION', 'end', { short: 't' }),
        argument: textsFlag('KEY=VALUE', 'argument', { short: 'a' }),
        dryRun: wordFlag(['none', 'client'], 'dry run', { bare: 'client' }),
        old: switchFlag('old', { deprecated: 'use --watch instead' }),
      },
      run,
    }),
  ]),
  command({ name: 'abort', summary: 'Abort', arguments: some('ROLLOUT_NAME', 'rollouts'), flags: {}, run }),
];
const globals = { namespace: textFlag('NAMESPACE', 'namespace', { short: 'n' }), context: textFlag('NAME', 'context') };

function parse(line: string): ParsedLine {
  return parseLine(group('kubectl sluice', 'Root', nodes), globals, line === '' ? [] : line.split(' '));
}

describe('parseLine', () => {
  it.each([
    'get ro web -n x --watch',
    '-n x get ro web -w',
    'get -n x ro web --watch=true',
    'get rollout -w web --namespace=x',
    'get ro -nx web -w',
    'get ro web -w -n=x',
    'get ro web -wn x',
    'get ro web -wnx',
    'get ro -w -n x -- web',
  ])('finds command, name, switch and namespace in "%s"', (line) => {
    const parsed = parse(line);
    expect(parsed.error).toBeUndefined();
    expect(parsed.path.map((node) => node.name)).toEqual(['kubectl sluice', 'get', 'rollout']);
    expect(parsed.args).toEqual(['web']);
    expect(parsed.flags).toMatchObject({ watch: true, all: false });
    expect(parsed.globals).toMatchObject({ namespace: 'x', context: undefined });
  });

  it.each([
    ['--watch=false', { watch: false }],
    ['-w=false', { watch: false }],
    ['-wA', { watch: true, all: true }],
    ['--timeout-seconds 5', { timeoutSeconds: 5 }],
    ['--timeout 1m30s', { timeout: 90_000 }],
    ['-t 30', { timeout: 30_000 }],
    ['-a a=1 --argument b=2=3', { argument: ['a=1', 'b=2=3'] }],
    ['--dry-run', { dryRun: 'client' }],
    ['--dry-run=none', { dryRun: 'none' }],
    ['', { dryRun: undefined, argument: [], timeout: 0 }],
  ])('reads %s', (flags, values) => {
    const parsed = parse(`get ro web ${flags}`.trim());
    expect(parsed.error).toBeUndefined();
    expect(parsed.flags).toMatchObject(values);
  });

  it('takes what follows -- as arguments', () => {
    expect(parse('abort -- -w --help')).toMatchObject({ args: ['-w', '--help'], wantsHelp: false });
  });

  it.each([
    ['', 'kubectl sluice needs a command after it'],
    ['get', 'kubectl sluice get needs a command after it'],
    ['watch', 'unknown command "watch" for "kubectl sluice"'],
    ['abrot web', 'unknown command "abrot" for "kubectl sluice" (did you mean "abort"?)'],
    ['get ro', 'kubectl sluice get rollout takes 1 argument (ROLLOUT_NAME), not 0'],
    ['get ro a b', 'kubectl sluice get rollout takes 1 argument (ROLLOUT_NAME), not 2'],
    ['abort', 'kubectl sluice abort takes at least 1 argument (ROLLOUT_NAME...), not 0'],
    ['get ro a --wacht', 'unknown flag: --wacht (did you mean --watch?)'],
    ['get ro a --w', 'unknown flag: --w'],
    ['get ro a -x', "unknown shorthand flag: 'x' in -x"],
    ['get ro a -wx', "unknown shorthand flag: 'x' in -wx"],
    ['get ro a --namespace', 'flag needs an argument: --namespace'],
    ['get ro a -n', "flag needs an argument: 'n' in -n"],
    ['get ro a --watch=maybe', 'invalid argument "maybe" for "-w, --watch" flag: it is neither true nor false'],
    ['get ro a --timeout-seconds=-1', 'invalid argument "-1" for "--timeout-seconds" flag: it is not a whole number of 0 or more'],
    ['get ro a -t 5x', 'invalid argument "5x" for "-t, --timeout" flag: time: unknown unit "x" in duration "5x"'],
    ['get ro a --dry-run=no', 'invalid argument "no" for "--dry-run" flag: it is none of none, client'],
  ])('refuses "%s"', (line, message) => {
    expect(errorMessage(parse(line).error)).toBe(message);
  });

  it.each(['get ro --help', 'get ro -h web', 'help get ro', 'get --help', '--help'])('wants help in "%s"', (line) => {
    const parsed = parse(line);
    expect(parsed.error).toBeUndefined();
    expect(parsed.wantsHelp).toBe(true);
  });

  it('warns of a deprecated flag', () => {
    expect(parse('get ro web --old').warnings).toEqual(['Flag --old has been deprecated, use --watch instead']);
  });
});
