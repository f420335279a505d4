import { controllerOf, resources, type KubeObject } from '../../api/kube.js';
import { planRollout } from '../../core/rollout/plan.js';
import type { ObservedRollout, RolloutPlan } from '../../core/rollout/types.js';
import { explainRollout, type ExplainInput, type WarningView } from '../../core/view/explain/index.js';
import type { RolloutObjects } from '../../core/view/rollout-view.js';
import { ControllerError } from '../../lib/errors.js';
import { fieldOf } from '../../lib/json.js';
import { parseTime } from '../../lib/time.js';
import { answerNeeds, observeRolloutOnce } from '../../observe/index.js';
import { readRolloutObjects } from '../objects.js';
import { coloursOf, printJson, textWidth } from '../output.js';
import { explanationDocument, renderExplanation } from '../render/explanation.js';
import type { ExitCode, Session } from '../session.js';

export interface ExplainOptions {
  readonly output: 'json' | undefined;
  readonly noColor: boolean;
}

/**
 * `explain R`: what is awaited, since when, on which evidence, until when, and what would unblock it. The plan is made here and now, by the
 * controller's own code and from the same world, so that it also speaks about a cluster whose controller stores no reasons.
 */
export async function explain(session: Session, name: string, call: string, options: ExplainOptions): Promise<ExitCode> {
  const { io, scheduler } = session;
  const seen = await readRolloutObjects(session, name);
  const [plan, warnings] = await Promise.all([planNow(session, name), readWarnings(session, seen)]);
  const input: ExplainInput = { ...seen, warnings, ...(plan === undefined ? {} : { plan }) };
  const explanation = explainRollout(input, call);
  if (options.output === 'json') printJson(io, explanationDocument(explanation));
  else io.out(renderExplanation(explanation, scheduler.now(), { colours: coloursOf(io, options.noColor), width: textWidth(io) }));
  return 0;
}

/** Undefined when this user may not read what the controller reads. */
async function planNow(session: Session, name: string): Promise<RolloutPlan | undefined> {
  const { cluster, namespace, scheduler, io } = session;
  try {
    const observed = await observeRolloutOnce(cluster, { namespace, name }, scheduler.now(), io.signal);
    if (observed === undefined) return undefined;
    const plan = planRollout(observed);
    return plan.need.length === 0 ? plan : planRollout(await withAnswers(session, observed, plan));
  } catch (error) {
    if (!(error instanceof ControllerError) || io.signal.aborted) throw error;
    io.err(`note: only what the controller has stored is shown: ${error.message}\n`);
    return undefined;
  }
}

async function withAnswers({ cluster, io }: Session, observed: ObservedRollout, { need }: RolloutPlan): Promise<ObservedRollout> {
  return { ...observed, live: await answerNeeds(observed, need, cluster, io.signal) };
}

const mostEvents = 500;
const freshMs = 60 * 60_000;

/** Warnings of the last hour about the rollout and what it owns. */
async function readWarnings(session: Session, seen: RolloutObjects): Promise<readonly WarningView[]> {
  const { cluster, namespace, scheduler, io } = session;
  const owners = [seen.rollout, ...seen.replicaSets, ...seen.analysisRuns, ...seen.experiments].map((o) => o.metadata.uid);
  const uids = new Set([
    ...owners,
    ...seen.pods.filter(({ metadata }) => owners.includes(controllerOf(metadata)?.uid ?? '')).map((p) => p.metadata.uid),
  ]);
  try {
    const { items } = await cluster.list(
      { resource: resources.events, namespace, fieldSelector: 'type=Warning' },
      { limit: mostEvents, signal: io.signal },
    );
    return items
      .filter((event) => uids.has(textAt(event['involvedObject'], 'uid')))
      .map(viewEvent)
      .filter(({ at }) => scheduler.now() - at < freshMs)
      .sort((a, b) => b.at - a.at);
  } catch (error) {
    // Events only add to the picture.
    if (error instanceof ControllerError && !io.signal.aborted) return [];
    throw error;
  }
}

function viewEvent(event: KubeObject): WarningView {
  const series = event['series'];
  const at = [
    textAt(series, 'lastObservedTime'),
    textAt(event, 'lastTimestamp'),
    textAt(event, 'eventTime'),
    event.metadata.creationTimestamp,
  ];
  const count = fieldOf(series, 'count') ?? event['count'];
  return {
    object: `${textAt(event['involvedObject'], 'kind')}/${textAt(event['involvedObject'], 'name')}`,
    reason: textAt(event, 'reason'),
    message: textAt(event, 'message'),
    at: at.flatMap((text) => parseTime(text) ?? [])[0] ?? 0,
    count: typeof count === 'number' ? count : 1,
  };
}

function textAt(value: unknown, key: string): string {
  const text = fieldOf(value, key);
  return typeof text === 'string' ? text : '';
}
