import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scheduler } from '../../src/lib/scheduler.js';
import { sleep } from '../../src/lib/scheduler.js';

export interface ProcessSpec {
  /** Also the name of its log file. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of ours with a process group of its own; what it prints goes to its log file. */
export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logPath: string;
  readonly exited: Promise<ProcessExit>;
  hasExited(): boolean;
  /** To the whole process group: SIGSTOP, SIGCONT, SIGKILL ... */
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, after `graceMs` SIGKILL; resolves when it is gone. */
  stop(graceMs?: number): Promise<ProcessExit>;
  /** The end of what it printed, for messages. */
  logTail(lines?: number): string;
}

/**
 * Processes that belong together. They end with us, however we end: a small shell waits for the end of a pipe that only we
 * hold, and then kills what our list names. So neither Ctrl-C nor a kill -9 of the parent leaves an API server behind.
 */
export interface ProcessFamily {
  start(spec: ProcessSpec): Promise<ManagedProcess>;
  /** In reverse order of their first start, each awaited: one that was started again keeps its place. */
  stopAll(): Promise<void>;
}

/**
 * @param directory exists, is ours; gets logs and the list of pids
 * @param removeAfterCrash whether the directory is to be removed when we die without stopAll
 */
export function processFamily(directory: string, scheduler: Scheduler, removeAfterCrash: boolean): ProcessFamily {
  const living: ManagedProcess[] = [];
  const places: string[] = [];
  const pidFile = join(directory, 'pids');
  const reaper = startReaper(directory, pidFile, removeAfterCrash);
  const writePids = (): void => writeFileSync(pidFile, living.map(({ pid }) => `${pid}\n`).join(''));
  return {
    start: async (spec) => {
      const started = await startProcess(spec, directory, scheduler);
      living.push(started);
      if (!places.includes(spec.name)) places.push(spec.name);
      writePids();
      void started.exited.then(() => {
        const index = living.indexOf(started);
        if (index >= 0) living.splice(index, 1);
        writePids();
      });
      return started;
    },
    stopAll: async () => {
      const byPlace = [...living].sort((a, b) => places.indexOf(b.name) - places.indexOf(a.name));
      for (const process of byPlace) await process.stop();
      reaper.release();
    },
  };
}

// The list is read when the pipe ends, not before. Each pid is checked to be one that was started with our directory among
// its arguments (where /proc can tell), as a pid may have been given to somebody else by then.
const reaperScript = `
cat >/dev/null
for sig in TERM KILL; do
  while read -r pid; do
    if [ -r "/proc/$pid/environ" ]; then tr '\\0' '\\n' <"/proc/$pid/environ" | grep -qF "SLUICE_E2E_FAMILY=$1" || continue; fi
    kill -s CONT -- "-$pid" 2>/dev/null; kill -s $sig -- "-$pid" 2>/dev/null && found=yes
  done <"$2"
  [ -n "$found" ] && sleep 2
done
[ "$3" = remove ] && rm -rf -- "$1"
exit 0`;

function startReaper(directory: string, pidFile: string, remove: boolean): { readonly release: () => void } {
  writeFileSync(pidFile, '');
  const child = spawn('sh', ['-c', reaperScript, 'reaper', directory, pidFile, remove ? 'remove' : 'keep'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => undefined);
  child.unref();
  return { release: () => child.kill('SIGKILL') };
}

function startProcess(spec: ProcessSpec, directory: string, scheduler: Scheduler): Promise<ManagedProcess> {
  const logPath = join(directory, `${spec.name}.log`);
  const log = openSync(logPath, 'a');
  const child = spawn(spec.command, [...spec.args], {
    cwd: spec.cwd,
    detached: true,
    env: { ...process.env, ...spec.env, SLUICE_E2E_FAMILY: directory },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(managed(child, spec.name, logPath, scheduler)));
  });
}

function managed(child: ChildProcess, name: string, logPath: string, scheduler: Scheduler): ManagedProcess {
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${name} has no pid`);
  let exit: ProcessExit | undefined;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
  });
  const send = (signal: NodeJS.Signals): void => {
    if (exit === undefined) killGroup(pid, signal);
  };
  return {
    name,
    pid,
    logPath,
    exited,
    hasExited: () => exit !== undefined,
    signal: send,
    stop: async (graceMs = 10_000) => {
      send('SIGCONT');
      send('SIGTERM');
      const patience = new AbortController();
      await Promise.race([exited, sleep(scheduler, graceMs, patience.signal)]);
      patience.abort();
      send('SIGKILL');
      return exited;
    },
    logTail: (lines = 20) => readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'),
  };
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // Gone between our look and the signal: what was wanted.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
