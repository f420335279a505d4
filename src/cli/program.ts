import { Command, CommanderError, Option } from 'commander';
import { errorMessage, hasCode } from '../lib/errors.js';
import type { Scheduler } from '../lib/scheduler.js';
import { connectionFlags, connectSession, type ConnectionFlags } from './connect.js';
import type { CliIo, ExitCode, Session } from './session.js';

export interface CliRun {
  readonly argv: readonly string[];
  /** Path the program was started by: `kubectl-argo-rollouts` makes it speak under upstream's name. */
  readonly invokedAs: string;
  readonly io: CliIo;
  readonly scheduler: Scheduler;
  /** Instead of a kubeconfig: the cluster a test or the demo has at hand. */
  readonly session?: Session;
}

/** Runs one command. @returns the process's exit code: 0, or 1 for any error and for usage errors as upstream */
export async function runCli(run: CliRun): Promise<number> {
  const exit: { code: ExitCode } = { code: 0 };
  const program = buildProgram(run, (code) => (exit.code = code));
  try {
    await program.parseAsync(run.argv, { from: 'user' });
    return exit.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.code === 'commander.helpDisplayed' || error.code === 'commander.version' ? 0 : 1;
    run.io.err(`Error: ${explainError(error)}\n`);
    return 1;
  }
}

/** Invoked by upstream's name it answers to it in usage and version lines. */
export function programName(invokedAs: string): string {
  return invokedAs.includes('argo-rollouts') ? 'kubectl-argo-rollouts' : 'kubectl-sluice';
}

function explainError(error: unknown): string {
  if (hasCode(error, 'aborted')) return 'interrupted';
  return errorMessage(error);
}

type Action<A extends readonly unknown[]> = (session: Session, ...args: A) => Promise<ExitCode>;

function buildProgram(run: CliRun, setCode: (code: ExitCode) => void): Command {
  const program = new Command(programName(run.invokedAs).replace('-', ' ').replace('argo-rollouts', 'argo rollouts'));
  program
    .description('Watch and steer progressive rollouts')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeOut: (text) => run.io.out(text), writeErr: (text) => run.io.err(text) });
  const withSession =
    <A extends readonly unknown[]>(action: Action<A>) =>
    async (...args: A): Promise<void> => {
      const flags = program.optsWithGlobals<ConnectionFlags>();
      const session = run.session ?? (await connectSession(flags, run.io, run.scheduler));
      setCode(await action(flags.namespace === undefined ? session : { ...session, namespace: flags.namespace }, ...args));
    };
  for (const option of connectionFlags()) program.addOption(option);
  addGet(program, withSession);
  addList(program, withSession);
  addSteering(program, withSession);
  addSet(program, withSession);
  addVersion(program, run);
  return program;
}

type WithSession = <A extends readonly unknown[]>(action: Action<A>) => (...args: A) => Promise<void>;

function addGet(program: Command, withSession: WithSession): void {
  const get = program.command('get').description('Show a rollout and everything it owns');
  get
    .command('rollout <name>')
    .aliases(['ro', 'rollouts'])
    .description('Show a rollout as a tree')
    .option('-w, --watch', 'redraw as it changes')
    .option('--no-color', 'no colours')
    .option('--timeout-seconds <seconds>', 'end the watch after this many seconds; 0 never', wholeNumber, 0)
    .action(
      withSession(async (session, name: string, flags: { watch?: boolean; color: boolean; timeoutSeconds: number }) => {
        const { getRollout } = await import('./commands/get-rollout.js');
        return getRollout(session, name, {
          watch: flags.watch === true,
          noColor: !flags.color,
          timeoutSeconds: flags.timeoutSeconds,
        });
      }),
    );
}

function addList(program: Command, withSession: WithSession): void {
  const list = program.command('list').description('List rollouts');
  list
    .command('rollouts')
    .aliases(['ro', 'rollout'])
    .description('List rollouts, one line each')
    .option('-A, --all-namespaces', 'of all namespaces')
    .option('--name <name>', 'only the one of that name')
    .option('-w, --watch', 'go on and print what changes')
    .option('--timestamps', 'print the time before each line')
    .action(
      withSession(async (session, flags: { allNamespaces?: boolean; name?: string; watch?: boolean; timestamps?: boolean }) => {
        const { listRollouts } = await import('./commands/list.js');
        return listRollouts(session, flags);
      }),
    );
}

function addSteering(program: Command, withSession: WithSession): void {
  program
    .command('status <name>')
    .description('Print the status until the rollout is Healthy (exit 0) or Degraded (exit 1)')
    .addOption(new Option('-w, --watch [bool]', 'wait for the end of the update').argParser(booleanFlag).default(true))
    .option('-t, --timeout <duration>', 'give up after this long (like 30s or 5m); 0 never', '0')
    .action(
      withSession(async (session, name: string, flags: { watch: boolean; timeout: string }) => {
        const [{ status }, { parseTimeout }] = await Promise.all([import('./commands/status.js'), import('./flags.js')]);
        return status(session, name, { watch: flags.watch, timeoutMs: parseTimeout(flags.timeout) });
      }),
    );
  program
    .command('promote <name>')
    .description('Go on past the pause or step a rollout is at')
    .option('--full', 'skip every step, pause and analysis that is left')
    .addOption(new Option('-c, --skip-current-step', 'deprecated: skip the current step').hideHelp())
    .addOption(new Option('-a, --skip-all-steps', 'deprecated: skip all steps').hideHelp())
    .action(
      withSession(async (session, name: string, flags: { full?: boolean; skipCurrentStep?: boolean; skipAllSteps?: boolean }) => {
        const { promote } = await import('./commands/steer.js');
        return promote(session, name, flags);
      }),
    );
  program
    .command('abort <names...>')
    .description('Go back to the stable version and stay there')
    .action(withSession(async (session, names: string[]) => (await import('./commands/steer.js')).abort(session, names)));
  program
    .command('retry')
    .description('Start an aborted update again')
    .command('rollout <names...>')
    .aliases(['ro', 'rollouts'])
    .description('Start an aborted rollout again')
    .action(withSession(async (session, names: string[]) => (await import('./commands/steer.js')).retry(session, names)));
}

function addSet(program: Command, withSession: WithSession): void {
  program
    .command('set')
    .description('Change a rollout')
    .command('image <name> <container=image>')
    .description('Set the image of a container, or of all with *=IMAGE')
    .action(
      withSession(async (session, name: string, assignment: string) => {
        const { setImage } = await import('./commands/set-image.js');
        return setImage(session, name, assignment);
      }),
    );
}

function addVersion(program: Command, run: CliRun): void {
  program
    .command('version')
    .description('Print the version')
    .option('--short', 'only the version')
    .action(async (flags: { short?: boolean }) => {
      const { versionText } = await import('./commands/version.js');
      run.io.out(versionText(programName(run.invokedAs), flags.short === true));
    });
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new CommanderError(1, 'sluice.invalidArgument', `"${text}" is not a whole number of 0 or more`);
  return Number(text);
}

function booleanFlag(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new CommanderError(1, 'sluice.invalidArgument', `"${text}" is neither true nor false`);
}
