import type { Cluster } from '../cluster/cluster.js';
import type { Scheduler } from '../lib/scheduler.js';
import type { ControllerProcess } from './controller.js';
import type { Counts } from './counts.js';

/** What is up while the demo plays. */
export interface Stage {
  readonly cluster: Cluster;
  readonly controller: ControllerProcess;
  readonly counts: Counts;
  readonly kubeconfig: string;
  readonly shopUrl: string;
  readonly scheduler: Scheduler;
  readonly isTerminal: boolean;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
}
