import { parseExperiment } from '../../api/index.js';
import { completedPhases } from '../../api/analysis-types.js';
import type { Experiment } from '../../api/experiment-types.js';
import { resources } from '../../api/kube.js';
import { humanDuration } from '../../core/view/age.js';
import { createdAt } from '../../core/view/tree.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { printJson } from '../output.js';
import { renderTable } from '../render/table.js';
import type { ExitCode, Session } from '../session.js';
import { qualifiedName } from '../writes.js';

export interface ListExperimentsOptions {
  readonly allNamespaces: boolean;
  readonly output: 'json' | 'name' | undefined;
}

/** `list experiments`. cli-dashboard-gitops 1.10. */
export async function listExperiments(session: Session, options: ListExperimentsOptions): Promise<ExitCode> {
  const { io, cluster, scheduler } = session;
  const selection = { resource: resources.experiments, ...(options.allNamespaces ? {} : { namespace: session.namespace }) };
  const experiments = (await cluster.list(selection, { signal: io.signal })).items.map((o) => parseExperiment(o).experiment);
  if (options.output === 'json') printJson(io, experiments.map(experimentRow));
  else if (options.output === 'name') for (const e of experiments) io.out(`${qualifiedName(resources.experiments, e.metadata.name)}\n`);
  else if (experiments.length === 0) io.err('No resources found.\n');
  else {
    const header = [...(options.allNamespaces ? ['NAMESPACE'] : []), 'NAME', 'STATUS', 'DURATION', 'REMAINING', 'AGE'];
    io.out(
      `${renderTable([header, ...experiments.map((e) => columns(e, options, scheduler.now()))], options.allNamespaces ? [] : [10])}\n`,
    );
  }
  return 0;
}

function columns(experiment: Experiment, { allNamespaces }: ListExperimentsOptions, now: EpochMs): readonly string[] {
  const { metadata, status } = experiment;
  const end = endOf(experiment);
  return [
    ...(allNamespaces ? [metadata.namespace ?? ''] : []),
    metadata.name,
    phaseOf(experiment),
    durationText(experiment),
    end === undefined || completedPhases.has(status.phase) ? '-' : humanDuration(Math.max(0, end - now)),
    humanDuration(now - createdAt(metadata)),
  ];
}

/** As it was written: `2h` stays `2h`. */
function durationText({ raw }: Experiment): string {
  const duration = raw.spec?.['duration'];
  return typeof duration === 'string' && duration !== '' ? duration : '-';
}

/** When it is to end; undefined before its pods are available, and when it runs until terminated. */
function endOf({ spec, status }: Experiment): EpochMs | undefined {
  return status.availableAt === undefined || spec.durationMs === undefined ? undefined : status.availableAt + spec.durationMs;
}

function phaseOf({ status }: Experiment): string {
  return status.phase === '' ? 'Pending' : status.phase;
}

function experimentRow(experiment: Experiment): Readonly<Record<string, unknown>> {
  const { metadata, spec, status } = experiment;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    status: phaseOf(experiment),
    message: status.message,
    ...(spec.durationMs === undefined ? {} : { durationSeconds: spec.durationMs / 1000 }),
    createdAt: metadata.creationTimestamp,
  };
}
