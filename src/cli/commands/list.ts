import { parseRollout } from '../../api/index.js';
import { resources, type KubeObject } from '../../api/kube.js';
import type { Rollout } from '../../api/rollout-types.js';
import { assessRolloutStatus } from '../../core/view/rollout-status.js';
import { stepCount } from '../../core/view/rollout-view.js';
import { viewSetWeight } from '../../core/view/weights.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { renderWholeSeconds } from '../../lib/time.js';
import { follow } from '../live.js';
import { printJson } from '../output.js';
import { renderTable } from '../render/table.js';
import type { ExitCode, Session } from '../session.js';
import { interruption } from '../watch-page.js';
import { qualifiedName } from '../writes.js';

export interface ListOptions {
  readonly allNamespaces: boolean;
  /** Exact name. */
  readonly name: string | undefined;
  readonly watch: boolean;
  readonly timestamps: boolean;
  readonly output: 'json' | 'name' | undefined;
}

/** Fixed, so that rows printed later align with those above. cli-dashboard-gitops 1.10. */
const leastWidths = { timestamp: 20, namespace: 9, rest: [10, 9, 12, 4, 10, 5, 7, 10, 9] };

/** `list rollouts`. cli-dashboard-gitops 1.10. Differs: a deleted rollout is told while watching. */
export async function listRollouts(session: Session, options: ListOptions): Promise<ExitCode> {
  const { io, cluster, scheduler } = session;
  const selection = {
    resource: resources.rollouts,
    ...(options.allNamespaces ? {} : { namespace: session.namespace }),
    ...(options.name === undefined ? {} : { fieldSelector: `metadata.name=${options.name}` }),
  };
  const items = byNamespaceAndName((await cluster.list(selection, { signal: io.signal })).items);
  if (options.output === 'json')
    printJson(
      io,
      items.map((o) => listDocument(parseRollout(o).rollout)),
    );
  else if (options.output === 'name') for (const { metadata } of items) io.out(`${qualifiedName(resources.rollouts, metadata.name)}\n`);
  else if (items.length === 0 && !options.watch) io.err('No resources found.\n');
  else io.out(`${renderTable([header(options), ...items.map((o) => columns(o, options, scheduler.now()))], widths(options))}\n`);
  if (options.watch && options.output === undefined) await printChanges(session, selection, items, options);
  return 0;
}

async function printChanges(
  session: Session,
  selection: Parameters<typeof follow>[1][number],
  first: readonly KubeObject[],
  options: ListOptions,
): Promise<void> {
  const { io, scheduler } = session;
  const shown = new Map(first.map((o) => [o.metadata.uid, { name: o.metadata.name, row: rowText(o, options) }]));
  const live = follow(session, [selection], () => {
    const now = live.objects(0);
    for (const [uid, { name }] of [...shown]) {
      if (now.some((o) => o.metadata.uid === uid)) continue;
      shown.delete(uid);
      io.out(`${name} deleted\n`);
    }
    for (const object of byNamespaceAndName(now)) {
      const row = rowText(object, options);
      if (shown.get(object.metadata.uid)?.row === row) continue;
      shown.set(object.metadata.uid, { name: object.metadata.name, row });
      io.out(`${renderTable([columns(object, options, scheduler.now())], widths(options))}\n`);
    }
  });
  try {
    await Promise.race([live.failed, interruption(io.signal)]);
  } catch (error) {
    if (!io.signal.aborted) throw error;
  } finally {
    await live.stop();
  }
}

function byNamespaceAndName(objects: readonly KubeObject[]): readonly KubeObject[] {
  const key = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
  return [...objects].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** A row without its time of printing: what decides whether something changed. */
function rowText(object: KubeObject, options: ListOptions): string {
  return columns(object, { ...options, timestamps: false }, 0).join('\t');
}

function widths({ timestamps, allNamespaces }: ListOptions): readonly number[] {
  return [...(timestamps ? [leastWidths.timestamp] : []), ...(allNamespaces ? [leastWidths.namespace] : []), ...leastWidths.rest];
}

function header({ timestamps, allNamespaces }: ListOptions): readonly string[] {
  const rest = ['NAME', 'STRATEGY', 'STATUS', 'STEP', 'SET-WEIGHT', 'READY', 'DESIRED', 'UP-TO-DATE', 'AVAILABLE'];
  return [...(timestamps ? ['TIMESTAMP'] : []), ...(allNamespaces ? ['NAMESPACE'] : []), ...rest];
}

function columns(object: KubeObject, { timestamps, allNamespaces }: ListOptions, now: EpochMs): readonly string[] {
  const row = listDocument(parseRollout(object).rollout);
  return [
    ...(timestamps ? [renderWholeSeconds(now)] : []),
    ...(allNamespaces ? [row.namespace] : []),
    row.name,
    row.strategy,
    row.status,
    row.step === undefined || row.step === '' ? '-' : row.step,
    row.setWeight === undefined ? '-' : String(row.setWeight),
    `${row.ready}/${row.current}`,
    String(row.desired),
    String(row.updated),
    String(row.available),
  ];
}

interface ListDocument {
  readonly namespace: string;
  readonly name: string;
  readonly strategy: string;
  readonly status: string;
  readonly message: string;
  readonly step?: string;
  readonly setWeight?: number;
  readonly ready: number;
  readonly current: number;
  readonly desired: number;
  readonly updated: number;
  readonly available: number;
}

function listDocument(rollout: Rollout): ListDocument {
  const { spec, status, metadata } = rollout;
  const { strategy } = spec;
  const word = assessRolloutStatus(rollout);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    strategy: strategy.kind === 'canary' ? 'Canary' : 'BlueGreen',
    status: word.phase,
    message: word.message,
    ...(strategy.kind === 'canary'
      ? { step: stepCount(strategy.steps.length, status.currentStepIndex), setWeight: viewSetWeight(strategy, rollout) }
      : {}),
    ready: status.readyReplicas,
    current: status.replicas,
    desired: spec.replicas ?? 1,
    updated: status.updatedReplicas,
    available: status.availableReplicas,
  };
}
