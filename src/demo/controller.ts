import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { ControllerError } from '../lib/errors.js';

export interface ControllerProcess {
  /** Rejects when the process ends by itself. */
  readonly died: Promise<never>;
  stop(): Promise<void>;
}

/** Starts the real controller, as its own process, on the demo's API server. Its log goes to a file. */
export function startControllerProcess(options: {
  readonly bundle: string;
  readonly kubeconfig: string;
  readonly logFile: string;
}): ControllerProcess {
  const log = openSync(options.logFile, 'w');
  const child = spawn(
    process.execPath,
    [
      options.bundle,
      `--kubeconfig=${options.kubeconfig}`,
      '--leader-elect=false',
      // The demo's Prometheus is on loopback, which metrics may not come from by default.
      '--analysis-allow-host=127.0.0.1',
      '--healthzPort=0',
      '--metricsPort=0',
    ],
    { stdio: ['ignore', log, log] },
  );
  let isStopping = false;
  const ended = new Promise<number>((resolve) => void child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 0 : 1))));
  const died = ended.then((code): never => {
    throw new ControllerError('internal', `the controller ended by itself with ${code}; its log: ${options.logFile}`);
  });
  // Somebody may never look at it.
  died.catch(() => undefined);
  return {
    died,
    stop: async () => {
      if (isStopping) return;
      isStopping = true;
      child.kill('SIGTERM');
      await ended;
    },
  };
}
