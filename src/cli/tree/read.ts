import { getExperiment } from '../commands/get-experiment.js';
import { getRollout } from '../commands/get-rollout.js';
import { listRollouts } from '../commands/list.js';
import { listExperiments } from '../commands/list-experiments.js';
import { status } from '../commands/status.js';
import { command, group, one, type CommandNode } from '../line/command.js';
import { countFlag, durationFlag, switchFlag, textFlag, wordFlag } from '../line/flag.js';

const getFlags = {
  watch: switchFlag('redraw as it changes, until Ctrl-C', { short: 'w' }),
  noColor: switchFlag('no colours'),
  timeoutSeconds: countFlag('SECONDS', 'end the watch after this many seconds; 0 never', 0),
  output: wordFlag(['json', 'name'], 'print the page as data', { short: 'o' }),
} as const;

const listOutput = wordFlag(['json', 'name'], 'print the rows as data', { short: 'o' });

const statusFlags = {
  watch: switchFlag('wait until the update has ended', { short: 'w', initial: true }),
  timeout: durationFlag('DURATION', 'give up after this long (30s, 5m); 0 never', { short: 't' }),
  until: wordFlag(['healthy', 'paused'], 'what to wait for; paused is content with a pause too (default healthy)'),
  detailedExitCode: switchFlag('exit with 2 at the time-out, 3 at Ctrl-C, 4 when there is no such rollout'),
} as const;

export const readCommands: readonly CommandNode[] = [
  group('get', 'Show a rollout or an experiment and everything it owns', [
    command({
      name: 'rollout',
      aliases: ['ro', 'rollouts'],
      summary: 'Show a rollout: its status, its images, and a tree of all it owns',
      examples: ['get rollout web', 'get rollout web --watch'],
      arguments: one('ROLLOUT_NAME', 'rollouts'),
      flags: getFlags,
      run: async (context, [name = ''], flags) => {
        return getRollout(await context.connect(), name, flags);
      },
    }),
    command({
      name: 'experiment',
      aliases: ['exp', 'experiments'],
      summary: 'Show an experiment and everything it owns',
      examples: ['get experiment price-ab --watch'],
      arguments: one('EXPERIMENT_NAME', 'experiments'),
      flags: getFlags,
      run: async (context, [name = ''], flags) => {
        return getExperiment(await context.connect(), name, flags);
      },
    }),
  ]),
  group('list', 'List rollouts or experiments', [
    command({
      name: 'rollouts',
      aliases: ['ro', 'rollout'],
      summary: 'List rollouts, a line each',
      examples: ['list rollouts', 'list rollouts --all-namespaces --watch --timestamps'],
      flags: {
        allNamespaces: switchFlag('those of all namespaces', { short: 'A' }),
        name: textFlag('NAME', 'only the one of this name', { completes: 'rollouts' }),
        watch: switchFlag('go on and print a line for each change', { short: 'w' }),
        timestamps: switchFlag('print the time before each line'),
        output: listOutput,
      },
      run: async (context, _args, flags) => {
        return listRollouts(await context.connect(), flags);
      },
    }),
    command({
      name: 'experiments',
      aliases: ['exp', 'experiment'],
      summary: 'List experiments, a line each',
      flags: { allNamespaces: switchFlag('those of all namespaces', { short: 'A' }), output: listOutput },
      run: async (context, _args, flags) => {
        return listExperiments(await context.connect(), flags);
      },
    }),
  ]),
  command({
    name: 'status',
    summary: 'Print the status of a rollout until it is Healthy or Degraded',
    about:
      'Print the status of a rollout each time it changes. Ends with exit code 0 once the rollout is Healthy, with 1 once it is Degraded, at the time-out and at Ctrl-C.',
    examples: ['status web --timeout 10m', 'status web --watch=false', 'status web --until paused --detailed-exit-code'],
    arguments: one('ROLLOUT_NAME', 'rollouts'),
    flags: statusFlags,
    run: async (context, [name = ''], flags) => {
      const { watch, timeout, until = 'healthy', detailedExitCode } = flags;
      return status(await context.connect(), name, { watch, timeoutMs: timeout, until, hasDetailedExitCode: detailedExitCode });
    },
  }),
];
