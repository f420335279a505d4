import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface CommandResult {
  /** Exit code; 128 + signal number is not computed, a signal gives -1. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Called with each line of stderr as it comes: progress. */
  readonly onErrorLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs a command to its end, without a shell.
 *
 * @returns the result whatever the exit code is
 * @throws Error when the command cannot be started
 */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      signal: options.signal,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    if (options.onErrorLine) createInterface({ input: child.stderr }).on('line', options.onErrorLine);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    // A command that exits without reading its input closes the pipe; its exit code says more than the EPIPE would.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/**
 * As runCommand, but an exit code other than 0 is an error that carries the end of stderr.
 *
 * @returns stdout
 */
export async function commandOutput(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await runCommand(command, args, options);
  if (result.code === 0) return result.stdout;
  const tail = (result.stderr || result.stdout).trim().split('\n').slice(-15).join('\n');
  throw new Error(`${command} ${args.join(' ')}: exit code ${result.code}\n${tail}`);
}
