import type { Scheduler } from '../lib/scheduler.js';
import type { ConnectionFlags } from './connection-flags.js';
import { patient } from './patience.js';
import type { CliIo, Session } from './session.js';

/** client-node comes in only here, so that `version` and `--help` start at once. */
export async function connectSession(flags: ConnectionFlags, io: CliIo, scheduler: Scheduler): Promise<Session> {
  const { connect } = await import('../cluster/kube/index.js');
  const { cluster, namespace } = await connect({ ...flags, scheduler, env: io.env });
  return { cluster: patient(cluster, scheduler, io), namespace: flags.namespace ?? namespace, scheduler, io };
}
