import type { Cluster } from '../cluster/cluster.js';
import type { Scheduler } from '../lib/scheduler.js';

/** Where a command reads from and writes to besides the cluster. */
export interface CliIo {
  /** Results. No newline is added. */
  out(text: string): void;
  /** Errors, notes, usage. */
  err(text: string): void;
  /** The whole standard input, as text. */
  input(): Promise<string>;
  /** Whether a human watches standard output. */
  readonly isTerminal: boolean;
  /** Columns and rows of the terminal; asked at each frame. */
  size(): { readonly columns: number; readonly rows: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** All a command works with; a test hands in the local cluster and collects the output. */
export interface Session {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly scheduler: Scheduler;
  readonly io: CliIo;
  /** Lets go of the connections, so that the process can end. */
  close?(): void;
}

/**
 * | code | |
 * |---|---|
 * | 0 | done |
 * | 1 | any error, as upstream; the only other code unless a flag of ours asks for more |
 * | 2 | `--detailed-exit-code`: the time-out passed |
 * | 3 | `--detailed-exit-code`: interrupted |
 * | 4 | `--detailed-exit-code`: no such object |
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4;
