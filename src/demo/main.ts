import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runDemo } from './demo.js';

/**
 * `node dist/demo.mjs`: see `make demo`. KEEP=1 leaves everything up until Ctrl-C. Exit code 0 only when the good release ended Healthy, the bad
 * one aborted with all requests on the old version, and no request was lost.
 */
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-demo-'));
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
try {
  const result = await runDemo({
    folder,
    keep: process.env['KEEP'] === '1',
    isTerminal: process.stdout.isTTY,
    signal: stop.signal,
    root: path.resolve(import.meta.dirname, '..'),
    write: (text) => void process.stdout.write(text),
    save: (name, text) => {
      const file = path.join(folder, name);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
  });
  process.exitCode = result ? 0 : 1;
} catch (error) {
  if (!stop.signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
// Timers and sockets of a broken-off demo must not keep it alive.
process.exit();
