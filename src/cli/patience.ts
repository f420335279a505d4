import type { Cluster } from '../cluster/cluster.js';
import type { Scheduler } from '../lib/scheduler.js';
import type { CliIo } from './session.js';

/** A request that takes longer than this is told, so that nobody stares at a silent terminal (a hung server, a lost VPN). */
const patienceMs = 5000;

/** The same cluster; each call that is not answered soon says on stderr what it waits for. */
export function patient(cluster: Cluster, scheduler: Scheduler, io: CliIo): Cluster {
  const told = <T>(what: string, call: Promise<T>): Promise<T> => {
    const cancel = scheduler.after(patienceMs, () => {
      io.err(`still waiting for the API server to answer "${what}"; Ctrl-C gives up, --request-timeout does so by itself\n`);
    });
    return call.finally(cancel);
  };
  return {
    ...cluster,
    get: (ref, options) => told(`get ${ref.resource.resource} ${ref.name}`, cluster.get(ref, options)),
    list: (selection, options) => told(`list ${selection.resource.resource}`, cluster.list(selection, options)),
    create: (resource, object, options) => told(`create ${resource.resource}`, cluster.create(resource, object, options)),
    replace: (ref, object, options) => told(`update ${ref.resource.resource} ${ref.name}`, cluster.replace(ref, object, options)),
    patch: (ref, patch, options) => told(`patch ${ref.resource.resource} ${ref.name}`, cluster.patch(ref, patch, options)),
    delete: (ref, options) => told(`delete ${ref.resource.resource} ${ref.name}`, cluster.delete(ref, options)),
  };
}
