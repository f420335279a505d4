import { resources, type KubeObject, type Resource } from '../../api/kube.js';
import type { Rollout } from '../../api/rollout-types.js';
import type { ObjectRef } from '../../cluster/cluster.js';
import { ControllerError, hasCode } from '../../lib/errors.js';
import { fieldOf } from '../../lib/json.js';
import { nearestName } from '../nearest.js';
import { readRollout, workloadResource } from '../objects.js';
import type { ExitCode, Session } from '../session.js';
import { applyPatch, tellWrite, type WriteOptions } from '../writes.js';

const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
const attempts = 5;

/** Where the pod template of a rollout stands: in itself, or in the object that `spec.workloadRef` names. */
export function templateHome(session: Session, rollout: Rollout): { readonly ref: ObjectRef; readonly path: readonly string[] } {
  const { namespace } = session;
  const reference = rollout.spec.workloadRef;
  if (reference === undefined)
    return { ref: { resource: resources.rollouts, namespace, name: rollout.metadata.name }, path: ['spec', 'template'] };
  const resource: Resource | undefined = workloadResource(reference.kind);
  if (resource === undefined)
    throw new ControllerError('invalid', `spec.workloadRef names a ${reference.kind}, which has no pod template that could be changed`);
  return {
    ref: { resource, namespace, name: reference.name },
    path: resource === resources.podTemplates ? ['template'] : ['spec', 'template'],
  };
}

/**
 * `set image R CONTAINER=IMAGE`; `*` is every container. With a workloadRef the referenced object is changed.
 * Semantics: cli-dashboard-gitops 1.4. Differs: a JSON patch of the image fields alone instead of writing the whole object back; the referenced
 * object's own kind is asked, not always a Deployment.
 */
export async function setImage(session: Session, name: string, assignment: string, options: WriteOptions): Promise<ExitCode> {
  const { container, image } = parseAssignment(assignment);
  const { ref, path } = templateHome(session, await readRollout(session, name));
  for (let attempt = 1; ; attempt++) {
    const object = await session.cluster.get(ref, { signal: session.io.signal });
    const body = imagePatch(object, path, container, image);
    if (body.length === 0)
      throw new ControllerError('invalid', `unable to find container named "${container}"${containersHint(object, path, container)}`);
    try {
      const written = await applyPatch(session, ref, object, { kind: 'json', body }, options);
      if (isSame(object, body))
        session.io.err(`note: ${container === '*' ? 'every container has' : `container "${container}" has`} that image already\n`);
      tellWrite(session, options, ref.resource, written, `${ref.resource.kind.toLowerCase()} "${ref.name}" image updated`);
      return 0;
    } catch (error) {
      // A test in the patch fails when somebody reordered containers meanwhile: look again.
      if (!hasCode(error, 'conflict', 'invalid') || attempt === attempts) throw error;
    }
  }
}

function parseAssignment(text: string): { readonly container: string; readonly image: string } {
  const parts = text.split('=');
  const [container, image] = parts;
  if (parts.length !== 2 || !container || !image) {
    throw new ControllerError('invalid', `image must be given as CONTAINER=IMAGE (or *=IMAGE), not "${text}"`, { usage: true });
  }
  return { container, image };
}

interface Operation {
  readonly op: 'test' | 'add';
  readonly path: string;
  readonly value: string;
}

/** Operations that set the image of every container of that name; each is preceded by a test that the container still stands there. */
function imagePatch(object: KubeObject, template: readonly string[], container: string, image: string): readonly Operation[] {
  return containersOf(object, template)
    .filter(({ name }) => container === '*' || name === container)
    .flatMap(({ name, pointer }): readonly Operation[] => [
      { op: 'test', path: `${pointer}/name`, value: name },
      { op: 'add', path: `${pointer}/image`, value: image },
    ]);
}

function isSame(object: KubeObject, operations: readonly Operation[]): boolean {
  return operations.every(({ path, value }) => valueAt(object, path.split('/').slice(1)) === value);
}

/** Names of all containers of the pod template at `template`. */
export function containerNames(object: KubeObject, template: readonly string[]): readonly string[] {
  return containersOf(object, template).map(({ name }) => name);
}

function containersOf(object: KubeObject, template: readonly string[]): readonly { readonly name: string; readonly pointer: string }[] {
  return containerLists.flatMap((list) => {
    const containers = valueAt(object, [...template, 'spec', list]);
    if (!Array.isArray(containers)) return [];
    return containers.flatMap((entry: unknown, i) => {
      const name = fieldOf(entry, 'name');
      return typeof name === 'string' ? [{ name, pointer: `/${[...template, 'spec', list, String(i)].join('/')}` }] : [];
    });
  });
}

function containersHint(object: KubeObject, template: readonly string[], wrong: string): string {
  const names = containerNames(object, template);
  const near = nearestName(wrong, names);
  if (near !== undefined) return ` (did you mean "${near}"?)`;
  return names.length === 0 ? '' : ` (there is ${names.map((n) => `"${n}"`).join(', ')})`;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((at: unknown, key) => {
    const list: readonly unknown[] | undefined = Array.isArray(at) ? at : undefined;
    return list === undefined ? fieldOf(at, key) : list[Number(key)];
  }, value);
}
