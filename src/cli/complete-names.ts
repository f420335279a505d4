import { resources, type Resource } from '../api/kube.js';
import { imagesOf } from '../core/view/images.js';
import { ControllerError } from '../lib/errors.js';
import { deadline, type Scheduler } from '../lib/scheduler.js';
import { ownedReplicaSets } from './commands/undo.js';
import { containerNames, templateHome } from './commands/set-image.js';
import type { Candidate } from './line/complete.js';
import type { Completes } from './line/flag.js';
import { readRollout } from './objects.js';
import type { CliIo, Session } from './session.js';

type Names = Exclude<Completes, { readonly words: readonly string[] } | 'files'>;

export interface NamesRequest {
  readonly io: CliIo;
  readonly scheduler: Scheduler;
  connect(): Promise<Session>;
  contexts(): Promise<readonly string[]>;
}

/** A shell that does not answer is worse than one without candidates. */
const limitMs = 3000;

/** @param args the arguments before: the first one names the rollout whose containers or revisions are asked for */
export async function namesOf(of: Names, request: NamesRequest, args: readonly string[]): Promise<readonly Candidate[]> {
  const limit = deadline(request.scheduler, limitMs, new ControllerError('timeout', 'no answer'), request.io.signal);
  let session: Session | undefined;
  try {
    if (of === 'contexts') return (await request.contexts()).map((text) => ({ text }));
    session = await request.connect();
    return await look(of, { ...session, io: { ...session.io, signal: limit.signal } }, args[0] ?? '');
  } catch {
    // No cluster, no permission, no such rollout: nothing to propose, and no place to say so.
    return [];
  } finally {
    limit.done();
    session?.close?.();
  }
}

async function look(of: Exclude<Names, 'contexts'>, session: Session, name: string): Promise<readonly Candidate[]> {
  switch (of) {
    case 'rollouts':
      return listed(session, resources.rollouts);
    case 'experiments':
      return listed(session, resources.experiments);
    case 'analysisruns':
      return listed(session, resources.analysisRuns);
    case 'analysistemplates':
      return listed(session, resources.analysisTemplates);
    case 'clusteranalysistemplates':
      return listed(session, resources.clusterAnalysisTemplates);
    case 'namespaces':
      return listed(session, resources.namespaces);
    case 'containers':
      return containers(session, name);
    case 'revisions':
      return revisions(session, name);
  }
}

async function listed({ cluster, namespace, io }: Session, resource: Resource): Promise<readonly Candidate[]> {
  const { items } = await cluster.list({ resource, ...(resource.namespaced ? { namespace } : {}) }, { signal: io.signal });
  return items.map(({ metadata }) => ({ text: metadata.name }));
}

async function containers(session: Session, name: string): Promise<readonly Candidate[]> {
  const { ref, path } = templateHome(session, await readRollout(session, name));
  const object = await session.cluster.get(ref, { signal: session.io.signal });
  return containerNames(object, path).map((container) => ({ text: `${container}=` }));
}

async function revisions(session: Session, name: string): Promise<readonly Candidate[]> {
  const rollout = await readRollout(session, name);
  const replicaSets = await ownedReplicaSets(session, rollout.metadata.uid);
  return replicaSets.map((rs) => ({ text: String(rs.revision), description: imagesOf(rs.template).join(', ') }));
}
