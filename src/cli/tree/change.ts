import { create } from '../commands/create.js';
import { deleteObjects } from '../commands/delete.js';
import { setImage } from '../commands/set-image.js';
import { undo } from '../commands/undo.js';
import { command, group, one, some, type CommandGroup, type CommandNode } from '../line/command.js';
import { countFlag, switchFlag, textFlag, textsFlag, wordFlag, type Completes } from '../line/flag.js';
import { usageError } from '../line/usage-error.js';
import { writeFlags } from './write-flags.js';

const createFlags = {
  filename: textsFlag('FILE', 'file or folder to create from, - for standard input; may be given many times', {
    short: 'f',
    completes: 'files',
  }),
  watch: switchFlag('then show the object as it changes', { short: 'w' }),
  noColor: switchFlag('no colours'),
  ...writeFlags,
} as const;

const analysisRunFlags = {
  from: textFlag('NAME', 'create from this template in the cluster', { completes: 'analysistemplates' }),
  fromFile: textFlag('FILE', 'create from the template in this file', { completes: 'files' }),
  global: switchFlag('--from names a ClusterAnalysisTemplate'),
  name: textFlag('NAME', 'name of the run'),
  generateName: textFlag('PREFIX', 'name the run by this and random letters; default: the name of the template'),
  instanceId: textFlag('ID', 'instance of the controller that is to take the run; replaces the labels'),
  argument: textsFlag('NAME=VALUE', 'argument of the template; may be given many times', { short: 'a' }),
  ...writeFlags,
} as const;

const deleteFlags = {
  cascade: wordFlag(['background', 'foreground', 'orphan'], 'what becomes of what it owns; default background'),
  ...writeFlags,
} as const;

export const changeCommands: readonly CommandNode[] = [
  group('set', 'Change a field of a rollout', [
    command({
      name: 'image',
      summary: 'Set the image of a container, or of all with *=IMAGE',
      examples: ['set image web app=example.io/web:2.4', "set image web '*=example.io/web:2.4'"],
      arguments: { usage: 'ROLLOUT_NAME CONTAINER=IMAGE', least: 2, most: 2, completes: ['rollouts', 'containers'] },
      flags: writeFlags,
      run: async (context, [name = '', assignment = ''], flags) => {
        return setImage(await context.connect(), name, assignment, flags);
      },
    }),
  ]),
  command({
    name: 'undo',
    summary: 'Make an older revision the new one',
    about:
      'Make the pod template of an older revision the new one: by default that of the revision before the newest. It is an update like any other, with a new revision and all its steps, unless the rollback window applies.',
    examples: ['undo web', 'undo web --to-revision 3'],
    arguments: one('ROLLOUT_NAME', 'rollouts'),
    flags: {
      toRevision: countFlag('N', 'revision to go back to; 0 is the one before the newest', 0, { completes: 'revisions' }),
      ...writeFlags,
    },
    run: async (context, [name = ''], flags) => {
      return undo(await context.connect(), name, flags);
    },
  }),
  command({
    name: 'create',
    summary: 'Create rollouts, experiments, analysis templates or runs from files',
    about:
      'Create Rollouts, Experiments, AnalysisTemplates, ClusterAnalysisTemplates and AnalysisRuns from files. Unknown fields are an error.',
    examples: ['create -f rollout.yaml', 'create -f experiment.yaml --watch'],
    flags: createFlags,
    run: async (context, _args, flags) => {
      if (flags.filename.length === 0) throw usageError('required flag "filename" not set');
      return create(await context.connect(), flags);
    },
    subcommands: [
      command({
        name: 'analysisrun',
        aliases: ['ar'],
        summary: 'Create an analysis run from a template',
        examples: ['create analysisrun --from success-rate -a service=web', 'create analysisrun --from-file template.yaml --name mine'],
        flags: analysisRunFlags,
        run: async (context, _args, flags) => {
          const { createAnalysisRun } = await import('../more-commands.js');
          return createAnalysisRun(await context.connect(), flags);
        },
      }),
    ],
  }),
  deleteGroup(),
];

function deleteGroup(): CommandGroup {
  const kinds = [
    ['rollout', ['ro', 'rollouts'], 'ROLLOUT_NAME', 'rollouts', 'rollouts'],
    ['experiment', ['exp', 'experiments'], 'EXPERIMENT_NAME', 'experiments', 'experiments'],
    ['analysisrun', ['ar', 'analysisruns'], 'ANALYSISRUN_NAME', 'analysisruns', 'analysisRuns'],
  ] as const satisfies readonly (readonly [string, readonly string[], string, Completes, string])[];
  return group(
    'delete',
    'Delete rollouts, experiments or analysis runs',
    kinds.map(([name, aliases, usage, completes, kind]) =>
      command({
        name,
        aliases,
        summary: `Delete ${name === 'analysisrun' ? 'analysis runs' : `${name}s`} and what they own`,
        arguments: some(usage, completes),
        flags: deleteFlags,
        run: async (context, names, flags) => {
          return deleteObjects(await context.connect(), kind, names, flags);
        },
      }),
    ),
  );
}
