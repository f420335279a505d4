import type { Scheduler } from '../../lib/scheduler.js';
import type { ProgramName } from '../program-name.js';
import type { CliIo, ExitCode, Session } from '../session.js';
import type { Completes, Flags, FlagValues } from './flag.js';

/** What a command gets besides its arguments and flags. */
export interface CommandContext {
  readonly io: CliIo;
  readonly scheduler: Scheduler;
  readonly program: ProgramName;
  /** The cluster that the connection flags and the kubeconfig name. Nothing is read or asked before this is called. */
  connect(): Promise<Session>;
}

export interface Arguments {
  /** As in usage texts: `ROLLOUT_NAME`, `CONTAINER=IMAGE`, `[NAME...]`. */
  readonly usage: string;
  readonly least: number;
  /** Absent: any number. */
  readonly most?: number;
  /** What each is completed with, by position; the last entry also serves those after it where `most` is absent. */
  readonly completes: readonly Completes[];
}

/** A command that does something. Its flags have lost their types; `command` keeps them together with `run`. */
export interface LeafCommand {
  readonly kind: 'leaf';
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  /** More than the summary, for `--help`. */
  readonly about?: string;
  /** Without the program's name. */
  readonly examples: readonly string[];
  readonly arguments: Arguments;
  readonly flags: Flags;
  readonly isHidden: boolean;
  /** Commands below one that does something by itself: `create -f` and `create analysisrun`. */
  readonly subcommands: readonly LeafCommand[];
  run(context: CommandContext, args: readonly string[], flags: FlagValues<Flags>): Promise<ExitCode>;
}

/** A word that only has commands below it. */
export interface CommandGroup {
  readonly kind: 'group';
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly commands: readonly CommandNode[];
}

export type CommandNode = LeafCommand | CommandGroup;

const noArguments: Arguments = { usage: '', least: 0, most: 0, completes: [] };

export function one(usage: string, completes: Completes): Arguments {
  return { usage, least: 1, most: 1, completes: [completes] };
}

export function some(usage: string, completes: Completes): Arguments {
  return { usage: `${usage}...`, least: 1, completes: [completes] };
}

interface CommandShape<F extends Flags> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly about?: string;
  readonly examples?: readonly string[];
  readonly arguments?: Arguments;
  readonly flags: F;
  readonly isHidden?: boolean;
  readonly subcommands?: readonly LeafCommand[];
  run(context: CommandContext, args: readonly string[], flags: FlagValues<F>): Promise<ExitCode>;
}

export function command<F extends Flags>(shape: CommandShape<F>): LeafCommand {
  const { name, aliases = [], summary, examples = [], flags, isHidden = false, subcommands = [] } = shape;
  return {
    kind: 'leaf',
    ...{ name, aliases, summary, examples, flags, isHidden, subcommands },
    ...(shape.about === undefined ? {} : { about: shape.about }),
    arguments: shape.arguments ?? noArguments,
    // The parser fills in a value for each flag of this very table, so what it hands in has the table's types.
    run: (context, args, values) => shape.run(context, args, values as FlagValues<F>),
  };
}

export function group(name: string, summary: string, commands: readonly CommandNode[], aliases: readonly string[] = []): CommandGroup {
  return { kind: 'group', name, aliases, summary, commands };
}

/** The commands below, those that are not to be shown left out. */
export function shownBelow(node: CommandNode): readonly CommandNode[] {
  return below(node).filter((each) => each.kind === 'group' || !each.isHidden);
}

export function below(node: CommandNode): readonly CommandNode[] {
  return node.kind === 'group' ? node.commands : node.subcommands;
}

/** `timeoutSeconds` is given as `--timeout-seconds`. */
export function longName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
