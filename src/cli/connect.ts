import { connect, contextNames } from '../cluster/kube/index.js';
import type { Scheduler } from '../lib/scheduler.js';
import { buildInfo } from '../lib/build-info.js';
import type { ConnectionFlags } from './connection-flags.js';
import { patient } from './patience.js';
import type { CliIo, Session } from './session.js';

/** The longest a timer can take, some 24 days: what 0 means in kubectl. */
const neverMs = 2 ** 31 - 1;

/**
 * `get rollout` reads a rollout and then lists four kinds. Over two connections that takes as many round trips as over five, of which three would
 * only have been opened for one list each; on a near server their handshakes cost a quarter of the command's time.
 */
const maxSockets = 2;

/**
 * Connects as kubectl would with the same flags.
 * @param program name under which the API server's logs and managed fields know us
 */
export async function connectSession(program: string, flags: ConnectionFlags, io: CliIo, scheduler: Scheduler): Promise<Session> {
  const { asGroup, requestTimeout, insecureSkipTlsVerify, ...rest } = flags;
  const connection = await connect({
    flags: { ...present(rest), asGroups: asGroup, ...(insecureSkipTlsVerify ? { insecureSkipTlsVerify } : {}) },
    ...{ scheduler, env: io.env, interactive: io.isTerminal },
    userAgent: `${program}/${buildInfo().version}`,
    fieldManager: program,
    maxSockets,
    ...(requestTimeout === undefined ? {} : { timeoutMs: requestTimeout === 0 ? neverMs : requestTimeout }),
  });
  const { cluster, namespace } = connection;
  return { cluster: patient(cluster, scheduler, io), namespace, scheduler, io, close: () => connection.close() };
}

/** What `--context` may name, by the same kubeconfig. */
export function knownContexts({ kubeconfig }: ConnectionFlags, io: CliIo): Promise<readonly string[]> {
  return contextNames(kubeconfig === undefined ? {} : { kubeconfig }, io.env);
}

type TextFlags = Omit<ConnectionFlags, 'asGroup' | 'requestTimeout' | 'insecureSkipTlsVerify'>;

/** Only what was given: an empty text is none, as for kubectl. */
function present(flags: TextFlags): { readonly [K in keyof TextFlags]?: string } {
  return Object.fromEntries(
    Object.entries(flags).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== ''),
  );
}
