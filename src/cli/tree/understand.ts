import { history } from '../commands/history.js';
import { usageError } from '../line/usage-error.js';
import { command, one, type CommandNode } from '../line/command.js';
import { durationFlag, optionalCountFlag, switchFlag, textFlag, textsFlag, wordFlag } from '../line/flag.js';

const explainFlags = {
  noColor: switchFlag('no colours'),
  output: wordFlag(['json'], 'print it as data', { short: 'o' }),
} as const;

const historyFlags = {
  revision: optionalCountFlag('N', 'print the pod template of this revision', { completes: 'revisions' }),
  noColor: switchFlag('no colours'),
  output: wordFlag(['json'], 'print it as data', { short: 'o' }),
} as const;

const lintFlags = {
  filename: textsFlag('FILE', 'file or folder to check, - for standard input; may be given many times', { short: 'f', completes: 'files' }),
  strict: switchFlag('warnings fail too'),
  noColor: switchFlag('no colours'),
  output: wordFlag(['json'], 'print the findings as data', { short: 'o' }),
} as const;

const simulateFlags = {
  filename: textsFlag('FILE', 'file or folder with the Rollout and what it refers to, - for standard input', {
    short: 'f',
    completes: 'files',
  }),
  name: textFlag('NAME', 'which of several Rollouts'),
  replicas: optionalCountFlag('N', 'in place of spec.replicas'),
  podStart: durationFlag('DURATION', 'until a new pod is ready (default 10s)', { initial: 10_000 }),
  promoteAfter: durationFlag('DURATION', 'how long a person takes to promote (default 0)'),
  metrics: textFlag(
    'FILE',
    'answers of the metrics: a map of their names to good, bad, inconclusive, error, none, a number, or a list of these',
    { completes: 'files' },
  ),
  failAt: optionalCountFlag('STEP', 'all metrics are bad from this step on; succeeds when the update is aborted'),
  limit: durationFlag('DURATION', 'virtual time after which it is over (default 168h)', { initial: 7 * 24 * 3_600_000 }),
  noColor: switchFlag('no colours'),
  output: wordFlag(['json', 'svg'], 'print it as data or as a picture', { short: 'o' }),
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
      const { explain } = await import('../more-commands.js');
      return explain(await context.connect(), name, context.program.call, flags);
    },
  }),
  command({
    name: 'history',
    summary: 'List the revisions of a rollout: images, who, when, how they ended, how to go back',
    examples: ['history web', 'history web --revision 3'],
    arguments: one('ROLLOUT_NAME', 'rollouts'),
    flags: historyFlags,
    run: async (context, [name = ''], flags) => {
      return history(await context.connect(), name, context.program.call, flags);
    },
  }),
  command({
    name: 'lint',
    summary: 'Check manifests offline: every error and known trap, with file and line',
    about:
      'Check the Rollouts, Experiments, AnalysisTemplates and AnalysisRuns in files, folders or standard input (the output of kustomize or helm, say), together with the Services they name. No cluster is asked. Exit code 1 when there are errors.',
    examples: ['lint -f rollout.yaml', 'lint -f deploy/ --strict', 'lint -f - < rendered.yaml'],
    flags: lintFlags,
    run: async ({ io }, _args, flags) => {
      if (flags.filename.length === 0) throw usageError('required flag "filename" not set');
      const { lint } = await import('../more-commands.js');
      return lint(io, flags);
    },
  }),
  command({
    name: 'simulate',
    summary: 'Play an update offline in virtual time: steps, weights, capacity, total time',
    about:
      'Play an update of a Rollout offline and in virtual time, by the very controllers that run in the cluster: how long it takes, which weights and how many pods it goes through, where a person is needed, and whether bad metrics are noticed. Metrics are good unless told otherwise.',
    examples: ['simulate -f rollout.yaml -f templates/', 'simulate -f deploy/ --fail-at 3', 'simulate -f deploy/ -o svg > update.svg'],
    flags: simulateFlags,
    run: async ({ io }, _args, flags) => {
      if (flags.filename.length === 0) throw usageError('required flag "filename" not set');
      const { simulate } = await import('../more-commands.js');
      return simulate(io, flags);
    },
  }),
];
