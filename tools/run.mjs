import { spawn } from 'node:child_process';

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] instead of this process's own
 * @property {number} [timeoutMs] after which the command and all it started are ended; no limit when absent
 * @property {(text: string) => void} [onOutput] gets standard output and standard error as they come
 *
 * @typedef {object} RunResult
 * @property {number} code 124 after a time-out, 128 or more after a signal, 127 when the command cannot be started
 * @property {string} output standard output and standard error, in the order they came
 */

const graceMs = 5_000;

/** @type {Set<number>} Process groups that are alive; a detached group does not get the terminal's Ctrl-C. */
const groups = new Set();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => {
    for (const group of groups) endGroup(group, signal);
    process.exit(130);
  });
}

/**
 * Runs a command without standard input, in a process group of its own.
 *
 * @param {readonly string[]} command
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>} never rejects
 */
export function run([file = '', ...args], { cwd, env, timeoutMs, onOutput } = {}) {
  return new Promise((resolve) => {
    let output = '';
    let isTimedOut = false;
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const { pid } = child;
    if (pid !== undefined) groups.add(pid);
    const timers = pid === undefined || timeoutMs === undefined ? [] : endAfter(pid, timeoutMs, () => (isTimedOut = true));
    /** @type {(text: string) => void} */
    const take = (text) => {
      output += text;
      onOutput?.(text);
    };
    /** @type {(code: number) => void} */
    const settle = (code) => {
      timers.forEach(clearTimeout);
      if (pid !== undefined) groups.delete(pid);
      resolve({ code: isTimedOut ? 124 : code, output });
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => {
      take(`${error.message}\n`);
      settle(127);
    });
    child.on('close', (code, signal) => settle(code ?? (signal ? 128 : 1)));
  });
}

/** @type {(pid: number, timeoutMs: number, onTimeout: () => void) => NodeJS.Timeout[]} */
function endAfter(pid, timeoutMs, onTimeout) {
  const gently = setTimeout(() => {
    onTimeout();
    endGroup(pid, 'SIGTERM');
  }, timeoutMs);
  return [gently, setTimeout(() => endGroup(pid, 'SIGKILL'), timeoutMs + graceMs)];
}

/** @type {(group: number, signal: NodeJS.Signals) => void} */
function endGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch {
    // The group has ended by itself in between.
  }
}

/** @type {(startedAt: number) => string} the time since `startedAt`, an instant of performance.now() */
export const secondsSince = (startedAt) => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
