import type { Cluster } from '../../src/cluster/index.js';
import { httpCluster, transport } from '../../src/cluster/index.js';
import type { Scheduler } from '../../src/lib/scheduler.js';
import type { OwnPlane, Plane } from './plane.js';

/** The port to a plane of ours, as its administrator has it. */
export function adminCluster(plane: Plane, own: OwnPlane, scheduler: Scheduler): Cluster {
  const credentials = { headers: { authorization: `Bearer ${own.adminToken}` }, tls: { ca: plane.ca } };
  return httpCluster(transport({ server: plane.url, credentials: async () => credentials, scheduler, userAgent: 'e2e' }), {
    fieldManager: 'e2e',
  });
}
