import type { CliIo } from './session.js';

/** 128 + SIGPIPE: how a shell sees other programs end whose reader has gone. */
const brokenPipe = 141;

/** The process's streams and signals. The first Ctrl-C cancels, a second one leaves at once; a closed pipe ends the process quietly. */
export function processIo(): { readonly io: CliIo; readonly stop: () => void } {
  const cancelled = new AbortController();
  const onSignal = (): void => {
    if (cancelled.signal.aborted) process.exit(1);
    cancelled.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.stdout.on('error', leaveOnBrokenPipe);
  process.stderr.on('error', leaveOnBrokenPipe);
  return {
    io: {
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
      input: async () => {
        let text = '';
        process.stdin.setEncoding('utf8');
        for await (const chunk of process.stdin) text += String(chunk);
        return text;
      },
      isTerminal: process.stdout.isTTY,
      size: () => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 }),
      env: process.env,
      signal: cancelled.signal,
    },
    stop: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

function leaveOnBrokenPipe(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? brokenPipe : 1);
}
