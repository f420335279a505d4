import { readConfig, type Invocation } from './config.js';
import { buildInfo } from './lib/build-info.js';
import { ControllerError, errorMessage } from './lib/errors.js';
import { realScheduler } from './lib/scheduler.js';
import { sharedAbort } from './lib/signals.js';
import { runControllerProcess } from './main/controller-process.js';
import { createLogger, type Logger } from './telemetry/index.js';

/** A second signal, or a shutdown that takes longer, ends the process at once; Kubernetes would after 30 s, without a word. */
const longestShutdownMs = 28_000;

const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

async function main(args: readonly string[]): Promise<number> {
  const invocation = invocationOf(args);
  if (invocation === undefined) return exitCodes.usage;
  if (invocation.kind === 'help') {
    process.stdout.write(`Usage: sluice-controller [flags]\n\n${invocation.text}`);
    return exitCodes.ok;
  }
  const build = buildInfo();
  if (invocation.kind === 'version') {
    process.stdout.write(`sluice-controller: v${build.version}${build.commit === '' ? '' : `+${build.commit.slice(0, 7)}`}\n`);
    return exitCodes.ok;
  }
  const { config } = invocation;
  const scheduler = realScheduler();
  const log = createLogger({ ...config.log, scheduler });
  const signal = stopOnSignals(log);
  try {
    await runControllerProcess(config, { scheduler, log, build, signal });
    log.info('stopped');
    return exitCodes.ok;
  } catch (error) {
    log.error('stopped by an error', { error });
    return exitCodes.failed;
  }
}

function invocationOf(args: readonly string[]): Invocation | undefined {
  try {
    return readConfig(args);
  } catch (error) {
    if (!(error instanceof ControllerError)) throw error;
    process.stderr.write(`sluice-controller: ${errorMessage(error)}\n`);
    return undefined;
  }
}

function stopOnSignals(log: Logger): AbortSignal {
  const stopping = sharedAbort();
  const onSignal = (name: NodeJS.Signals): void => {
    if (stopping.signal.aborted) process.exit(exitCodes.failed);
    log.info('stopping', { signal: name });
    stopping.abort(new ControllerError('aborted', `received ${name}`));
    realScheduler().after(longestShutdownMs, () => process.exit(exitCodes.failed));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return stopping.signal;
}

// Exit and not exitCode: a timer or socket that somebody forgot must not keep a stopped controller alive.
process.exit(await main(process.argv.slice(2)));
