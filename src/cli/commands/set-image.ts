import { resources, type KubeObject } from '../../api/kube.js';
import type { ObjectRef } from '../../cluster/cluster.js';
import { ControllerError, hasCode } from '../../lib/errors.js';
import { fieldOf, isPlainObject } from '../../lib/json.js';
import { readRollout } from '../objects.js';
import type { ExitCode, Session } from '../session.js';

const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
const attempts = 5;

/**
 * `set image R CONTAINER=IMAGE`; `*` is every container. With a workloadRef the referenced Deployment is changed.
 * Semantics: cli-dashboard-gitops 1.4. Differs: a JSON patch of the image fields alone instead of writing the whole object back.
 */
export async function setImage(session: Session, name: string, assignment: string): Promise<ExitCode> {
  const { container, image } = parseAssignment(assignment);
  const rollout = await readRollout(session, name);
  const workload = rollout.spec.workloadRef;
  const target: ObjectRef =
    workload === undefined
      ? { resource: resources.rollouts, namespace: session.namespace, name }
      : { resource: resources.deployments, namespace: session.namespace, name: workload.name };
  for (let attempt = 1; ; attempt++) {
    const object = await session.cluster.get(target, { signal: session.io.signal });
    const body = imagePatch(object, container, image);
    if (body.length === 0) throw new ControllerError('invalid', `unable to find container named "${container}"${containersHint(object)}`);
    try {
      await session.cluster.patch(target, { kind: 'json', body }, { signal: session.io.signal });
      break;
    } catch (error) {
      // The `test` operations fail when somebody reordered containers meanwhile: look again.
      if (!hasCode(error, 'conflict', 'invalid') || attempt === attempts) throw error;
    }
  }
  const kind = workload === undefined ? 'rollout' : 'deployment';
  session.io.out(`${kind} "${target.name}" image updated\n`);
  return 0;
}

function parseAssignment(text: string): { readonly container: string; readonly image: string } {
  const parts = text.split('=');
  const [container, image] = parts;
  if (parts.length !== 2 || !container || !image) {
    throw new ControllerError('invalid', `image must be given as CONTAINER=IMAGE (or *=IMAGE), not "${text}"`);
  }
  return { container, image };
}

interface Operation {
  readonly op: 'test' | 'replace' | 'add';
  readonly path: string;
  readonly value: string;
}

/** Operations that set the image of every container of that name; each is preceded by a test that the container still stands there. */
export function imagePatch(object: KubeObject, container: string, image: string): readonly Operation[] {
  const podSpec = podSpecOf(object);
  return containerLists.flatMap((list) => {
    const containers = podSpec[list];
    if (!Array.isArray(containers)) return [];
    return containers.flatMap((entry: unknown, i): readonly Operation[] => {
      const name = nameOf(entry);
      if (name === undefined || (container !== '*' && name !== container)) return [];
      const path = `/spec/template/spec/${list}/${i}`;
      return [
        { op: 'test', path: `${path}/name`, value: name },
        { op: 'add', path: `${path}/image`, value: image },
      ];
    });
  });
}

function containersHint(object: KubeObject): string {
  const podSpec = podSpecOf(object);
  const names = containerLists.flatMap((list) => {
    const containers = podSpec[list];
    return Array.isArray(containers) ? containers.flatMap((c: unknown) => nameOf(c) ?? []) : [];
  });
  return names.length === 0 ? '' : ` (it has: ${names.join(', ')})`;
}

function podSpecOf(object: KubeObject): Readonly<Record<string, unknown>> {
  const podSpec = fieldOf(object.spec?.['template'], 'spec');
  return isPlainObject(podSpec) ? podSpec : {};
}

function nameOf(container: unknown): string | undefined {
  const name = fieldOf(container, 'name');
  return typeof name === 'string' ? name : undefined;
}
