import type { KubeObject } from '../../../api/kube.js';
import type { EpochMs } from '../../../lib/scheduler.js';

export type Cell = string | number | boolean | null;

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  /** Above 0: shown with `-o wide` only. */
  readonly priority?: number;
  readonly cell: (object: KubeObject, now: EpochMs) => Cell;
}
