import { resources } from '../../api/kube.js';
import { readNamed } from '../objects.js';
import type { ExitCode, Session } from '../session.js';
import { dryRunMark, qualifiedName, type WriteOptions } from '../writes.js';

export interface DeleteOptions extends WriteOptions {
  readonly cascade: 'background' | 'foreground' | 'orphan' | undefined;
}

const policies = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const;

/**
 * `delete rollout|experiment|analysisrun NAME...`: the object that was read, no other one of its name.
 * The sentence is kubectl's; upstream has no such command.
 */
export async function deleteObjects(
  session: Session,
  kind: 'rollouts' | 'experiments' | 'analysisRuns',
  names: readonly string[],
  options: DeleteOptions,
): Promise<ExitCode> {
  const { cluster, io, namespace } = session;
  const resource = resources[kind];
  for (const name of names) {
    const { metadata } = await readNamed(session, kind, name);
    if (options.dryRun !== 'client') {
      await cluster.delete(
        { resource, namespace, name },
        {
          signal: io.signal,
          preconditions: { uid: metadata.uid },
          propagationPolicy: policies[options.cascade ?? 'background'],
          dryRun: options.dryRun === 'server',
        },
      );
    }
    const [typed = ''] = qualifiedName(resource, name).split('/');
    io.out(options.output === 'name' ? `${typed}/${name}\n` : `${typed} "${name}" deleted${dryRunMark(options)}\n`);
  }
  return 0;
}
