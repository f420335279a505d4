import { controllerOf, resources, type KubeObject } from '../../api/kube.js';
import type { FieldError } from '../../api/workload-types.js';
import type { ObjectRef } from '../../cluster/cluster.js';
import type { ObservedTraffic, TrafficSplit } from '../../core/traffic/types.js';
import { ControllerError, hasCode } from '../../lib/errors.js';
import { objectsOf } from '../../lib/json.js';
import type { RouterDeps, TrafficRouter, TrafficTarget } from '../router.js';
import { parseNginxConfig } from './config.js';
import { canaryIngressName, leadsTo, renderCanaryIngress, renderPatch, weightOf } from './render.js';

/**
 * ingress-nginx by a canary Ingress beside each stable one. Semantics: traffic 2. The stable Ingresses are never written.
 * What the data plane has taken over cannot be read from the objects, so nothing is verified.
 */
export function nginxRouter({ cluster }: RouterDeps): TrafficRouter {
  const read = async (ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined> => {
    try {
      return await cluster.get(ref, { signal });
    } catch (error) {
      if (hasCode(error, 'not-found')) return undefined;
      throw error;
    }
  };
  const canaryOf = async (target: TrafficTarget, ingress: string, signal: AbortSignal): Promise<KubeObject | undefined> =>
    read(refOf(target, canaryIngressName(target.rolloutName, ingress)), signal);

  const wantedFor = async (target: TrafficTarget, ingress: string, split: TrafficSplit, signal: AbortSignal) => {
    const stable = await read(refOf(target, ingress), signal);
    const { config } = parseNginxConfig(target);
    const wanted = stable === undefined ? undefined : renderCanaryIngress(stable, target, config, split);
    if (wanted !== undefined) return wanted;
    const what = stable === undefined ? `ingress "${ingress}" not found` : noRule(target, ingress);
    throw new ControllerError('invalid-spec', what, { path: `${target.path}.stableIngress`, ingress });
  };

  const applyOne = async (target: TrafficTarget, ingress: string, split: TrafficSplit, signal: AbortSignal): Promise<number> => {
    const wanted = await wantedFor(target, ingress, split, signal);
    const live = await canaryOf(target, ingress, signal);
    if (live === undefined) {
      await cluster.create(resources.ingresses, wanted, { signal });
      return 1;
    }
    assertOwn(live, target);
    const body = renderPatch(live, wanted);
    if (body === undefined) return 0;
    await cluster.patch(refOf(target, live.metadata.name), { kind: 'merge', body }, { signal });
    return 1;
  };

  return {
    kind: 'nginx',
    needs: () => [resources.ingresses],
    watches: (target) =>
      parseNginxConfig(target).config.stableIngresses.flatMap((name) => [
        refOf(target, name),
        refOf(target, canaryIngressName(target.rolloutName, name)),
      ]),
    validate: async (target, signal) => {
      const { config, errors } = parseNginxConfig(target);
      if (errors.length > 0) return errors;
      const found: FieldError[] = [];
      for (const name of config.stableIngresses) {
        const stable = await read(refOf(target, name), signal);
        if (stable === undefined)
          found.push({ path: `${target.path}.stableIngress`, kind: 'invalid', value: name, detail: `ingress "${name}" not found` });
        else if (!isLeadingToStable(stable, target))
          found.push({ path: `${target.path}.stableIngress`, kind: 'invalid', value: name, detail: noRule(target, name) });
      }
      return found;
    },
    observe: async (target, desired, signal): Promise<ObservedTraffic> => {
      const { config } = parseNginxConfig(target);
      const weights: number[] = [];
      let upToDate = desired !== undefined;
      for (const name of config.stableIngresses) {
        const live = await canaryOf(target, name, signal);
        const weight = live === undefined ? undefined : weightOf(live, config.annotationPrefix);
        if (weight !== undefined) weights.push(weight);
        upToDate &&=
          desired !== undefined && live !== undefined && renderPatch(live, await wantedFor(target, name, desired, signal)) === undefined;
      }
      const isComplete = weights.length === config.stableIngresses.length;
      return {
        kind: 'nginx',
        ...(weights.length === 0 ? {} : { canaryWeight: { min: isComplete ? Math.min(...weights) : 0, max: Math.max(...weights) } }),
        subsetHashes: [],
        upToDate,
      };
    },
    apply: async (target, desired, signal) => {
      let writes = 0;
      for (const name of parseNginxConfig(target).config.stableIngresses) writes += await applyOne(target, name, desired, signal);
      return writes;
    },
    remove: async (target, signal) => {
      let writes = 0;
      const all = await cluster.list({ resource: resources.ingresses, namespace: target.namespace }, { signal });
      for (const ingress of all.items) {
        if (controllerOf(ingress.metadata)?.uid !== target.rolloutUid) continue;
        await cluster.delete(refOf(target, ingress.metadata.name), { signal, preconditions: { uid: ingress.metadata.uid } });
        writes += 1;
      }
      return writes;
    },
  };
}

function refOf(target: TrafficTarget, name: string): ObjectRef {
  return { resource: resources.ingresses, namespace: target.namespace, name };
}

function isLeadingToStable(stable: KubeObject, target: TrafficTarget): boolean {
  return objectsOf(stable.spec?.['rules']).some((rule) => leadsTo(rule, target.stableService ?? ''));
}

function noRule(target: TrafficTarget, ingress: string): string {
  return `ingress "${ingress}" has no rules using service ${target.stableService ?? ''} backend`;
}

/** An Ingress of that name that is somebody else's is never touched. */
function assertOwn(live: KubeObject, target: TrafficTarget): void {
  if (controllerOf(live.metadata)?.uid === target.rolloutUid) return;
  throw new ControllerError(
    'invalid-spec',
    `ingress "${live.metadata.name}" exists and is not controlled by rollout "${target.rolloutName}"`,
    {
      path: `${target.path}.stableIngress`,
      ingress: live.metadata.name,
    },
  );
}
