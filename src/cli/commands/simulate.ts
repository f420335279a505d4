import { ControllerError } from '../../lib/errors.js';
import { isPlainObject } from '../../lib/json.js';
import type { ScriptedAnswer, Simulation } from '../../sim/simulate/index.js';
import { readSources } from '../files/read-files.js';
import { parseYamlDocuments } from '../files/yaml-documents.js';
import { readDocuments } from '../lint/documents.js';
import { coloursOf, printJson, textWidth } from '../output.js';
import { renderSimulation } from '../render/simulation.js';
import { renderSimulationSvg } from '../render/simulation-svg.js';
import type { CliIo, ExitCode } from '../session.js';

export interface SimulateOptions {
  readonly filename: readonly string[];
  readonly name: string | undefined;
  readonly replicas: number | undefined;
  readonly podStart: number;
  readonly promoteAfter: number;
  readonly metrics: string | undefined;
  readonly failAt: number | undefined;
  readonly limit: number;
  readonly noColor: boolean;
  readonly output: 'json' | 'svg' | undefined;
}

/**
 * `simulate -f FILE...`: plays an update in virtual time, by the controllers that run in the cluster. Exit code 0 when it ended as it was meant to: promoted, or
 * with --fail-at and with bad metrics aborted.
 */
export async function simulate(io: CliIo, options: SimulateOptions): Promise<ExitCode> {
  if (options.metrics !== undefined && options.failAt !== undefined) {
    throw new ControllerError('invalid', '--metrics and --fail-at say the same thing twice: give one of them', { usage: true });
  }
  const { documents, findings } = readDocuments(await readSources(io, options.filename));
  const [unreadable] = findings;
  if (unreadable !== undefined) throw new ControllerError('invalid', `${unreadable.source}:${unreadable.line}: ${unreadable.message}`);
  const metrics = options.metrics === undefined ? {} : await readAnswers(io, options.metrics);
  const { simulateUpdate } = await import('../../sim/simulate/index.js');
  const simulation = await simulateUpdate({
    objects: documents.map(({ raw }) => raw),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
    ...(options.failAt === undefined ? {} : { failAt: options.failAt }),
    podStartMs: options.podStart,
    promoteAfterMs: options.promoteAfter,
    metrics,
    limitMs: options.limit,
  });
  print(io, simulation, options);
  return conclude(simulation, options.failAt);
}

function print(io: CliIo, simulation: Simulation, { output, noColor }: SimulateOptions): void {
  if (output === 'json') printJson(io, simulation);
  else if (output === 'svg') io.out(renderSimulationSvg(simulation));
  else io.out(renderSimulation(simulation, { colours: coloursOf(io, noColor), width: textWidth(io) }));
}

function conclude({ end, rollout, violations }: Simulation, failAt: number | undefined): ExitCode {
  if (violations.length > 0)
    throw new ControllerError('internal', `the update of "${rollout}" broke a promise of Sluice: ${violations[0] ?? ''}`);
  if (failAt === undefined) {
    if (end.kind === 'promoted') return 0;
    throw new ControllerError('invalid', `the update of "${rollout}" is not promoted: ${end.message}`);
  }
  if (end.kind === 'aborted') return 0;
  throw new ControllerError(
    'invalid',
    `metrics that are bad from step ${failAt} on do not abort the update of "${rollout}": nothing measures then, or nothing looks`,
  );
}

const words = ['good', 'bad', 'inconclusive', 'error', 'none'] as const;

/** Metric name to an answer or a list of answers. @throws ControllerError `invalid` with the file's name */
async function readAnswers(io: CliIo, file: string): Promise<Readonly<Record<string, readonly ScriptedAnswer[]>>> {
  const [source] = await readSources(io, [file]);
  const [document] = source === undefined ? [] : parseYamlDocuments(source.text, file);
  const value = document?.value;
  if (!isPlainObject(value)) throw new ControllerError('invalid', `${file}: it must map names of metrics to answers`);
  return Object.fromEntries(
    Object.entries(value).map(([name, answers]) => {
      const list: readonly unknown[] = Array.isArray(answers) ? answers : [answers];
      return [name, list.map((answer) => answerOf(answer, `${file}:${document?.lineOf([name]) ?? 1}: ${name}`))];
    }),
  );
}

function answerOf(answer: unknown, place: string): ScriptedAnswer {
  if (typeof answer === 'number') return answer;
  const word = words.find((each) => each === answer);
  if (word !== undefined) return word;
  throw new ControllerError('invalid', `${place}: an answer is a number or one of ${words.join(', ')}`);
}
