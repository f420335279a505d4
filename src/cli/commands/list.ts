import { parseRollout } from '../../api/index.js';
import { resources, type KubeObject } from '../../api/kube.js';
import type { Rollout } from '../../api/rollout-types.js';
import { assessRolloutStatus } from '../../core/view/rollout-status.js';
import { stepText } from '../../core/view/rollout-view.js';
import { viewSetWeight } from '../../core/view/weights.js';
import { renderTime } from '../../lib/time.js';
import { renderTable } from '../render/table.js';
import type { ExitCode, Session } from '../session.js';
import { follow } from '../watch.js';

export interface ListFlags {
  readonly allNamespaces?: boolean;
  /** Exact name. */
  readonly name?: string;
  readonly watch?: boolean;
  readonly timestamps?: boolean;
}

/** `list rollouts`. cli-dashboard-gitops 1.10. Differs: a deleted rollout is told while watching. */
export async function listRollouts(session: Session, flags: ListFlags): Promise<ExitCode> {
  const selection = {
    resource: resources.rollouts,
    ...(flags.allNamespaces === true ? {} : { namespace: session.namespace }),
    ...(flags.name === undefined ? {} : { fieldSelector: `metadata.name=${flags.name}` }),
  };
  const { items, resourceVersion } = await session.cluster.list(selection, { signal: session.io.signal });
  if (items.length === 0 && flags.watch !== true) {
    session.io.err('No resources found.\n');
    return 0;
  }
  const rows = items.map((o) => columns(parseRollout(o).rollout, flags, session.scheduler.now()));
  session.io.out(`${renderTable([header(flags), ...rows])}\n`);
  if (flags.watch !== true) return 0;
  const shown = new Map(items.map((o, i) => [o.metadata.uid, rowText(rows[i] ?? [], flags)]));
  await follow(session, selection, resourceVersion, (object, isGone) => showChange(session, flags, shown, object, isGone));
  return 0;
}

function showChange(session: Session, flags: ListFlags, shown: Map<string, string>, object: KubeObject, isGone: boolean): void {
  const row = columns(parseRollout(object).rollout, flags, session.scheduler.now());
  if (isGone) {
    shown.delete(object.metadata.uid);
    session.io.out(`${object.metadata.name} deleted\n`);
    return;
  }
  const text = rowText(row, flags);
  if (shown.get(object.metadata.uid) === text) return;
  shown.set(object.metadata.uid, text);
  session.io.out(`${renderTable([row])}\n`);
}

/** A row without its time of printing: what decides whether something changed. */
function rowText(row: readonly string[], flags: ListFlags): string {
  return (flags.timestamps === true ? row.slice(1) : row).join('\t');
}

function header(flags: ListFlags): readonly string[] {
  return [
    ...(flags.timestamps === true ? ['TIMESTAMP'] : []),
    ...(flags.allNamespaces === true ? ['NAMESPACE'] : []),
    'NAME',
    'STRATEGY',
    'STATUS',
    'STEP',
    'SET-WEIGHT',
    'READY',
    'DESIRED',
    'UP-TO-DATE',
    'AVAILABLE',
  ];
}

function columns(rollout: Rollout, flags: ListFlags, now: number): readonly string[] {
  const { spec, status, metadata } = rollout;
  const { strategy } = spec;
  const isCanary = strategy.kind === 'canary';
  const step = isCanary ? stepText(strategy.steps.length, status.currentStepIndex) : '';
  return [
    ...(flags.timestamps === true ? [renderTime(now)] : []),
    ...(flags.allNamespaces === true ? [metadata.namespace ?? ''] : []),
    metadata.name,
    isCanary ? 'Canary' : 'BlueGreen',
    assessRolloutStatus(rollout).phase,
    step === '' ? '-' : step,
    isCanary ? String(viewSetWeight(strategy, rollout)) : '-',
    `${status.readyReplicas}/${status.replicas}`,
    String(spec.replicas ?? 1),
    String(status.updatedReplicas),
    String(status.availableReplicas),
  ];
}
