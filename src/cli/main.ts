import { realScheduler } from '../lib/scheduler.js';
import { connectSession } from './connect.js';
import { processIo } from './process-io.js';
import { runCli } from './run.js';

const { io, stop } = processIo();
process.exitCode = await runCli({
  argv: process.argv.slice(2),
  invokedAs: process.argv[1] ?? '',
  io,
  scheduler: realScheduler(),
  connect: connectSession,
});
stop();
