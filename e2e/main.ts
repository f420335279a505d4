import { EXIT } from './lib/exit-codes.js';

const usage = `usage: e2e COMMAND
  stories local|real      tell the stories on the embedded local cluster or on a real control plane
  recordings [local|real] replay what Argo Rollouts was seen to do, and compare
  contract                send the same requests to a real API server and to the local one
  kubectl [PROGRAM]       play what people do with kubectl against the local cluster
  smoke                   whether a control plane can be had here and works
  up                      a control plane to play with, until Ctrl-C
Exit code 77: skipped, with the reason.`;

type Command = (args: readonly string[]) => Promise<number>;

// Each command is loaded when it is asked for.
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  stories: async () => (await import('./commands/stories.js')).tellStories,
  recordings: async () => (await import('./commands/recordings.js')).replayRecordings,
  contract: async () => (await import('./commands/contract.js')).compareServers,
  kubectl: async () => (await import('./commands/kubectl.js')).playKubectl,
  smoke: async () => (await import('./commands/smoke.js')).checkPlane,
  up: async () => (await import('./commands/up.js')).keepPlaneUp,
};

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const load = commands[name];
  if (load === undefined) {
    process.stderr.write(`${usage}\n`);
    return EXIT.usage;
  }
  return (await load())(args);
}

process.exitCode = await main(process.argv.slice(2));
