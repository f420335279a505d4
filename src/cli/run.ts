import { errorMessage, hasCode } from '../lib/errors.js';
import type { Scheduler } from '../lib/scheduler.js';
import { completeLine } from './complete-line.js';
import { knownContexts } from './connect.js';
import { connectionFlags, type ConnectionFlags } from './connection-flags.js';
import type { CommandContext, CommandGroup } from './line/command.js';
import { renderHelp, renderUsage, type HelpOptions } from './line/help.js';
import { parseLine, type ParsedLine } from './line/parse-line.js';
import { isUsageError } from './line/usage-error.js';
import { programName } from './program-name.js';
import type { CliIo, Session } from './session.js';
import { commandTree } from './tree/tree.js';

export interface CliRun {
  readonly argv: readonly string[];
  /** Path the program was started by: `kubectl-argo-rollouts` makes it speak under upstream's name. */
  readonly invokedAs: string;
  readonly io: CliIo;
  readonly scheduler: Scheduler;
  /** Connects to the cluster the flags name, as `program`. A test or the demo hands in the cluster it has at hand. */
  connect(program: string, flags: ConnectionFlags, io: CliIo, scheduler: Scheduler): Promise<Session>;
}

/** Runs one command. @returns the exit code of the process (session.ts) */
export async function runCli(run: CliRun): Promise<number> {
  const root = commandTree(programName(run.invokedAs).call);
  const [first, ...words] = run.argv;
  if (first === '__complete' || first === '__completeNoDesc') return complete(run, root, words, first === '__complete');
  const line = parseLine(root, connectionFlags, run.argv);
  const help: HelpOptions = { width: Math.min(run.io.size().columns, 120), globals: connectionFlags };
  for (const warning of line.warnings) run.io.err(`${warning}\n`);
  if (line.wantsHelp && line.error === undefined) {
    run.io.out(renderHelp(line.path, help));
    return 0;
  }
  try {
    if (line.error !== undefined) throw line.error;
    return await runLeaf(run, line);
  } catch (error) {
    run.io.err(`Error: ${explainError(error)}\n`);
    if (isUsageError(error)) run.io.err(`\n${renderUsage(line.path, help)}`);
    else if (globalsOf(line).loglevel === 'debug' || globalsOf(line).loglevel === 'trace') run.io.err(`${traceOf(error)}\n`);
    return 1;
  }
}

async function runLeaf(run: CliRun, line: ParsedLine): Promise<number> {
  const leaf = line.path.at(-1);
  if (leaf?.kind !== 'leaf') return 1;
  const { io, scheduler } = run;
  const sessions: Session[] = [];
  const connect = async (): Promise<Session> => {
    const session = await connectFor(run, line);
    sessions.push(session);
    return session;
  };
  const context: CommandContext = { io, scheduler, program: programName(run.invokedAs), connect };
  try {
    return await leaf.run(context, line.args, line.flags);
  } finally {
    for (const session of sessions) session.close?.();
  }
}

function connectFor(run: CliRun, line: ParsedLine): Promise<Session> {
  return run.connect(programName(run.invokedAs).binary, globalsOf(line), run.io, run.scheduler);
}

async function complete(run: CliRun, root: CommandGroup, words: readonly string[], isDescribed: boolean): Promise<number> {
  return completeLine({
    root,
    words,
    isDescribed,
    io: run.io,
    scheduler: run.scheduler,
    connect: (line) => connectFor(run, line),
    contexts: (line) => knownContexts(globalsOf(line), run.io),
  });
}

function globalsOf(line: ParsedLine): ConnectionFlags {
  // parseLine fills in a value for every flag of connectionFlags, which is what ConnectionFlags is made of.
  return line.globals as unknown as ConnectionFlags;
}

/** One line about anything thrown, without a stack. */
function explainError(error: unknown): string {
  if (hasCode(error, 'aborted')) return 'interrupted';
  const text = errorMessage(error).trim();
  return error instanceof TypeError || error instanceof RangeError
    ? `${text} (this is a bug in the plugin; --loglevel=debug tells where)`
    : text;
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${traceOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
