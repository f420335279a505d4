import { assertNever } from '../lib/errors.js';
import type { ElectionEvent } from '../runtime/index.js';
import type { Logger } from '../telemetry/index.js';

/** A log line for each thing that happens in the election, with what a human can do about it. */
export function logElection(log: Logger, event: ElectionEvent): void {
  switch (event.kind) {
    case 'waiting':
      log.info('waiting for the lease', {
        holder: event.holder,
        ...(event.isUpstream && { hint: 'an Argo Rollouts controller holds it: scale that one to 0 and this one takes over' }),
      });
      break;
    case 'blocked': {
      const { namespace, name, holder, beating } = event.lease;
      const lease = `${namespace}/${name}`;
      if (!beating) log.info('looking whether the holder of an Argo Rollouts lease is alive', { lease, holder });
      else {
        log.warn('not leading: an Argo Rollouts controller is alive', {
          ...{ lease, holder },
          hint: `scale it to 0; if it looks after other objects than this controller, start this one with --lead-beside=${lease}`,
        });
      }
      break;
    }
    case 'acquired':
      log.info('leading', { identity: event.identity });
      break;
    case 'lost':
      log.warn('the lease is lost', { reason: event.reason });
      break;
    case 'released':
      log.info('the lease is given back');
      break;
    case 'narrow-view':
      log.warn('leases of other namespaces cannot be listed: an Argo Rollouts controller there would go unnoticed', {
        hint: 'allow this service account to list leases',
      });
      break;
    case 'failed':
      log.warn('lease call failed', { error: event.error });
      break;
    default:
      assertNever(event, 'election event');
  }
}
