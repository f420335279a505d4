import { once } from 'node:events';
import { realScheduler } from '../../src/lib/scheduler.js';
import { readConfig } from '../config.js';
import { EXIT } from '../lib/exit-codes.js';
import { openPlane } from '../control-plane/plane.js';

const usage = `usage: e2e up [--keep]
Starts a control plane (or looks at the cluster of E2E_KUBECONFIG), prints how to reach it, stops it at Ctrl-C.
  --keep   keep its folder with logs and data`;

/** `up`: a control plane for a person to play with. @returns the exit code */
export async function keepPlaneUp(flags: readonly string[]): Promise<number> {
  if (flags.some((flag) => flag !== '--keep')) {
    process.stderr.write(`${usage}\n`);
    return EXIT.usage;
  }
  const scheduler = realScheduler();
  const startedAt = scheduler.now();
  const start = await openPlane({ config: readConfig(), scheduler, keep: flags.includes('--keep') });
  if (start.kind === 'missing') {
    process.stderr.write(`skipped: ${start.reason}\n${start.remedy}\n`);
    return EXIT.skipped;
  }
  process.stdout.write(
    `${start.plane.url} is ready after ${scheduler.now() - startedAt} ms\nexport KUBECONFIG=${start.plane.kubeconfigPath}\n`,
  );
  if (start.plane.own) process.stdout.write(`logs, keys and data: ${start.plane.own.directory}\nCtrl-C stops it\n`);
  await stopSignal();
  await start.plane.stop();
  return EXIT.ok;
}

/** Resolves at the first SIGINT or SIGTERM; a second one kills us as usual, and what we started with us. */
async function stopSignal(): Promise<void> {
  const alive = setInterval(() => undefined, 2 ** 30);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  clearInterval(alive);
  process.stderr.write('stopping\n');
}
