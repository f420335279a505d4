import { parseAnalysisRun, parseExperiment, parseReplicaSet } from '../../api/index.js';
import { resources, type KubeObject } from '../../api/kube.js';
import { viewExperiment, type ExperimentView } from '../../core/view/experiment-view.js';
import { ControllerError } from '../../lib/errors.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { ownedBy, readNamed, readSurroundings, surroundingSelections, surroundingsOf, type Surroundings } from '../objects.js';
import { coloursOf, printJson } from '../output.js';
import { experimentDocument } from '../render/documents.js';
import { renderExperimentPage } from '../render/rollout-page.js';
import type { ExitCode, Session } from '../session.js';
import { watchPage } from '../watch-page.js';
import type { GetOptions } from './get-rollout.js';

const spelling = 'experiment.argoproj.io';

/** `get experiment E [-w]`. cli-dashboard-gitops 1.8. */
export async function getExperiment(session: Session, name: string, options: GetOptions): Promise<ExitCode> {
  const { io, scheduler } = session;
  const raw = await readNamed(session, 'experiments', name, spelling);
  const around = await readSurroundings(session);
  if (options.output === 'name') io.out(`${spelling}/${name}\n`);
  else if (options.output === 'json') printJson(io, experimentDocument(viewOf(scheduler.now(), raw, around)));
  else if (options.watch) await watchExperiment(session, name, options);
  else io.out(page(scheduler.now(), raw, around, session, options));
  return 0;
}

function viewOf(now: EpochMs, raw: KubeObject, around: Surroundings): ExperimentView {
  const replicaSets = ownedBy(around.replicaSets, [raw.metadata.uid]);
  const pods = ownedBy(
    around.pods,
    replicaSets.map((rs) => rs.metadata.uid),
  );
  const analysisRuns = ownedBy(around.analysisRuns, [raw.metadata.uid]).map((o) => parseAnalysisRun(o).run);
  return viewExperiment({ now, replicaSets: replicaSets.map(parseReplicaSet), pods, analysisRuns }, parseExperiment(raw).experiment);
}

function page(now: EpochMs, raw: KubeObject, around: Surroundings, { io }: Session, { noColor }: GetOptions): string {
  return renderExperimentPage(viewOf(now, raw, around), now, coloursOf(io, noColor));
}

async function watchExperiment(session: Session, name: string, options: GetOptions): Promise<void> {
  const { namespace, scheduler } = session;
  const own = { resource: resources.experiments, namespace, fieldSelector: `metadata.name=${name}` };
  await watchPage(session, {
    selections: [own, ...surroundingSelections(namespace)],
    timeoutSeconds: options.timeoutSeconds,
    render: (objects) => {
      const raw = objects(0)[0];
      if (raw === undefined) throw new ControllerError('not-found', `${spelling} "${name}" was deleted`);
      return page(
        scheduler.now(),
        raw,
        surroundingsOf((index) => objects(index + 1)),
        session,
        options,
      );
    },
  });
}
