import type { KubeObject, NewObject } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import { isEqual } from '../../lib/equal.js';
import type { Informer } from '../../runtime/index.js';
import { moreResources } from '../store/kinds/builtin-kinds.js';
import type { Draft } from '../store/json.js';
import { at, recordsAt, textAt } from '../store/json.js';
import { serviceKeyOf } from './endpoint-slices.js';
import type { Kit, Running, StandInOptions } from './kit.js';
import { keyOf, runStandIn, splitKey } from './kit.js';

/**
 * A stand-in for the controller of the older Endpoints objects, which kubectl up to 1.30 and some proxies still read. Made from the EndpointSlices.
 * Semantics: Kubernetes, kube-controller-manager, 1.35.
 */
export function startEndpoints(options: StandInOptions): Running {
  return runStandIn('endpoint-controller', options, (kit) => {
    const controller = new EndpointsController(kit);
    return (key) => controller.reconcile(key);
  });
}

class EndpointsController {
  readonly #services: Informer;
  readonly #slices: Informer;
  readonly #endpoints: Informer;

  constructor(private readonly kit: Kit) {
    const { informers, queue } = kit;
    this.#services = informers.informer({ resource: resources.services });
    this.#endpoints = informers.informer({ resource: moreResources.endpoints });
    this.#slices = informers.informer({ resource: resources.endpointSlices }, { service: (slice) => [serviceKeyOf(slice)] });
    const wake =
      (keyOfObject: (object: KubeObject) => string) => (change: { readonly before?: KubeObject; readonly after?: KubeObject }) => {
        for (const object of [change.before, change.after]) if (object) queue.add(keyOfObject(object));
      };
    this.#services.onChange(wake(keyOf));
    this.#endpoints.onChange(wake(keyOf));
    this.#slices.onChange(wake(serviceKeyOf));
  }

  async reconcile(key: string): Promise<void> {
    const { namespace, name } = splitKey(key);
    const service = this.#services.get(namespace, name);
    const existing = this.#endpoints.get(namespace, name);
    const ref = { resource: moreResources.endpoints, namespace, name };
    if (!service) {
      if (existing) await this.kit.cluster.delete(ref, { preconditions: { uid: existing.metadata.uid } });
      return;
    }
    if (at(service, 'spec', 'selector') === undefined) return;
    const subsets = this.#slices.byIndex('service', key).flatMap(subsetOf);
    if (existing === undefined) await this.kit.cluster.create(moreResources.endpoints, renderEndpoints(service, subsets));
    else if (!isEqual(recordsAt(existing, 'subsets'), subsets)) {
      const body = { metadata: { resourceVersion: existing.metadata.resourceVersion }, subsets };
      await this.kit.cluster.patch(ref, { kind: 'merge', body });
    }
  }
}

/** Pods on their way out are in neither list. */
function subsetOf(slice: KubeObject): readonly Draft[] {
  const staying = recordsAt(slice, 'endpoints').filter((endpoint) => at(endpoint, 'conditions', 'terminating') !== true);
  const addresses = staying.filter((endpoint) => at(endpoint, 'conditions', 'ready') === true).map(addressOf);
  const notReadyAddresses = staying.filter((endpoint) => at(endpoint, 'conditions', 'ready') !== true).map(addressOf);
  if (addresses.length + notReadyAddresses.length === 0) return [];
  const ports = recordsAt(slice, 'ports').map(({ name, ...port }) => ({ ...(name === '' ? {} : { name }), ...port }));
  return [
    {
      ...(addresses.length > 0 ? { addresses } : {}),
      ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
      ...(ports.length > 0 ? { ports } : {}),
    },
  ];
}

function addressOf(endpoint: Draft): Draft {
  const [ip] = Array.isArray(endpoint['addresses']) ? (endpoint['addresses'] as readonly unknown[]) : []; // read as unknown at once
  return { ip, nodeName: textAt(endpoint, 'nodeName'), targetRef: endpoint['targetRef'] };
}

function renderEndpoints(service: KubeObject, subsets: readonly Draft[]): NewObject {
  const { name, namespace = 'default', labels } = service.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) },
    ...(subsets.length > 0 ? { subsets } : {}),
  };
}
