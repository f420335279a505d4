import { completedPhases } from '../../api/analysis-types.js';
import { resources } from '../../api/kube.js';
import { fieldOf } from '../../lib/json.js';
import { readNamed } from '../objects.js';
import type { ExitCode, Session } from '../session.js';
import { applyPatch, tellWrite, type WriteOptions } from '../writes.js';

/** What upstream prints; its sentence about a terminated experiment has the wrong verb, which scripts may look for. cli-dashboard-gitops 1.2. */
const terminatedSentence = {
  analysisRuns: (name: string): string => `analysisRun '${name}' terminated`,
  experiments: (name: string): string => `experiment '${name}' retried`,
} as const;

/** `terminate analysisrun A...` and `terminate experiment E...`. */
export async function terminate(
  session: Session,
  kind: keyof typeof terminatedSentence,
  names: readonly string[],
  options: WriteOptions,
): Promise<ExitCode> {
  for (const name of names) {
    const raw = await readNamed(session, kind, name);
    const phase = fieldOf(raw.status, 'phase');
    if (typeof phase === 'string' && completedPhases.has(phase)) session.io.err(`note: '${name}' has ended already: ${phase}\n`);
    const ref = { resource: resources[kind], namespace: session.namespace, name };
    const object = await applyPatch(session, ref, raw, { kind: 'merge', body: { spec: { terminate: true } } }, options);
    tellWrite(session, options, resources[kind], object, terminatedSentence[kind](name));
  }
  return 0;
}

/** `retry experiment E...`: an Experiment has no status of its own to write, and one without a status is started from scratch. */
export async function retryExperiment(session: Session, names: readonly string[], options: WriteOptions): Promise<ExitCode> {
  for (const name of names) {
    const raw = await readNamed(session, 'experiments', name);
    const ref = { resource: resources.experiments, namespace: session.namespace, name };
    const object = await applyPatch(session, ref, raw, { kind: 'merge', body: { status: null } }, options);
    tellWrite(session, options, resources.experiments, object, `experiment '${name}' retried`);
  }
  return 0;
}
