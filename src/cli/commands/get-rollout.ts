import { parseRollout } from '../../api/index.js';
import { resources } from '../../api/kube.js';
import type { Rollout } from '../../api/rollout-types.js';
import { viewRollout, type RolloutObjects } from '../../core/view/rollout-view.js';
import { ControllerError } from '../../lib/errors.js';
import { readRolloutObjects, rolloutObjects, surroundingSelections, surroundingsOf, workloadSelection } from '../objects.js';
import { coloursOf, printJson } from '../output.js';
import { rolloutDocument } from '../render/documents.js';
import { renderRolloutPage, type PageStyle } from '../render/rollout-page.js';
import type { ExitCode, Session } from '../session.js';
import { watchPage } from '../watch-page.js';

export interface GetOptions {
  readonly watch: boolean;
  readonly noColor: boolean;
  /** 0: for ever. */
  readonly timeoutSeconds: number;
  readonly output: 'json' | 'name' | undefined;
}

/** The spelling of commands that read upstream's cache (cli-dashboard-gitops 1.1). */
const spelling = 'rollout.argoproj.io';

/** `get rollout R [-w]`. cli-dashboard-gitops 1.8. */
export async function getRollout(session: Session, name: string, options: GetOptions): Promise<ExitCode> {
  const { io } = session;
  const seen = await readRolloutObjects(session, name, spelling);
  if (options.output === 'name') io.out(`rollout.${resources.rollouts.group}/${name}\n`);
  else if (options.output === 'json') printJson(io, rolloutDocument(seen));
  else if (options.watch) await watchRollout(session, name, seen.rollout, options);
  else io.out(page(seen, styleOf(session, options)));
  return 0;
}

function styleOf({ io }: Session, { noColor }: GetOptions): PageStyle {
  return { colours: coloursOf(io, noColor), isTerminal: io.isTerminal, width: io.size().columns };
}

function page(seen: RolloutObjects, style: PageStyle): string {
  return renderRolloutPage(viewRollout(seen), seen.now, style);
}

async function watchRollout(session: Session, name: string, rollout: Rollout, options: GetOptions): Promise<void> {
  const { namespace, scheduler } = session;
  const own = { resource: resources.rollouts, namespace, fieldSelector: `metadata.name=${name}` };
  const around = surroundingSelections(namespace);
  await watchPage(session, {
    selections: [own, ...around, ...workloadSelection(namespace, rollout)],
    timeoutSeconds: options.timeoutSeconds,
    render: (objects) => {
      const raw = objects(0)[0];
      if (raw === undefined) throw new ControllerError('not-found', `${spelling} "${name}" was deleted`);
      const seen = rolloutObjects(
        scheduler.now(),
        parseRollout(raw).rollout,
        surroundingsOf((index) => objects(index + 1)),
      );
      const workloadGeneration = objects(1 + around.length)[0]?.metadata.generation;
      return page(workloadGeneration === undefined ? seen : { ...seen, workloadGeneration }, styleOf(session, options));
    },
  });
}
