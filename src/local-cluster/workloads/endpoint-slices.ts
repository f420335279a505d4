import type { KubeObject, NewObject } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import { isEqual } from '../../lib/equal.js';
import { mapSelects } from '../../lib/label-selector.js';
import type { Informer } from '../../runtime/index.js';
import type { Draft } from '../store/json.js';
import { at, recordsAt, stringsAt, textAt } from '../store/json.js';
import type { Kit, Running, StandInOptions } from './kit.js';
import { conditionOf, controllerReference, keyOf, runStandIn, splitKey } from './kit.js';

const serviceLabel = 'kubernetes.io/service-name';
const managedBy = { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' };
const endpointsPerSlice = 100;

/** A stand-in for the EndpointSlice controller: IPv4, Services with a selector. Semantics: Kubernetes, kube-controller-manager, 1.35. */
export function startEndpointSlices(options: StandInOptions): Running {
  return runStandIn('endpointslice-controller', options, (kit) => {
    const controller = new EndpointSlices(kit);
    return (key) => controller.reconcile(key);
  });
}

interface WantedSlice {
  readonly ports: readonly Draft[];
  readonly endpoints: readonly Draft[];
}

class EndpointSlices {
  readonly #services: Informer;
  readonly #pods: Informer;
  readonly #slices: Informer;

  constructor(private readonly kit: Kit) {
    const { informers, queue } = kit;
    this.#services = informers.informer({ resource: resources.services });
    this.#pods = informers.informer({ resource: resources.pods });
    this.#slices = informers.informer({ resource: resources.endpointSlices }, { service: (slice) => [serviceKeyOf(slice)] });
    this.#services.onChange(({ before, after }) => queue.add(keyOf(after ?? before ?? never())));
    this.#slices.onChange(({ before, after }) => queue.add(serviceKeyOf(after ?? before ?? never())));
    this.#pods.onChange(({ before, after }) => {
      for (const pod of [before, after]) if (pod) this.#wakeServices(pod);
    });
  }

  #wakeServices(pod: KubeObject): void {
    for (const service of this.#services.list(pod.metadata.namespace)) {
      if (mapSelects(selectorOf(service), pod.metadata.labels)) this.kit.queue.add(keyOf(service));
    }
  }

  async reconcile(key: string): Promise<void> {
    const { namespace, name } = splitKey(key);
    const service = this.#services.get(namespace, name);
    const selector = service === undefined ? {} : selectorOf(service);
    // Slices of a Service that is gone are collected with it; one without a selector is somebody else's to fill.
    if (!service || Object.keys(selector).length === 0 || service.metadata.deletionTimestamp !== undefined) return;
    const pods = this.#pods.list(namespace).filter((pod) => mapSelects(selector, pod.metadata.labels) && hasPlace(pod));
    await this.#bringAbout(service, slicesFor(service, pods));
  }

  async #bringAbout(service: KubeObject, wanted: readonly WantedSlice[]): Promise<void> {
    const existing = this.#slices.byIndex('service', keyOf(service)).filter((slice) => slice.metadata.deletionTimestamp === undefined);
    for (const [index, slice] of wanted.entries()) await this.#write(service, slice, existing[index]);
    for (const slice of existing.slice(wanted.length)) {
      await this.kit.cluster.delete({
        resource: resources.endpointSlices,
        namespace: slice.metadata.namespace ?? '',
        name: slice.metadata.name,
      });
    }
  }

  async #write(service: KubeObject, { ports, endpoints }: WantedSlice, existing: KubeObject | undefined): Promise<void> {
    const { namespace = '' } = service.metadata;
    if (existing === undefined) {
      await this.kit.cluster.create(resources.endpointSlices, renderSlice(service, { ports, endpoints }));
      return;
    }
    if (isEqual(existing['ports'], ports) && isEqual(existing['endpoints'] ?? [], endpoints)) return;
    const body = { metadata: { resourceVersion: existing.metadata.resourceVersion }, ports, endpoints };
    await this.kit.cluster.patch({ resource: resources.endpointSlices, namespace, name: existing.metadata.name }, { kind: 'merge', body });
  }
}

function never(): never {
  throw new TypeError('a change without an object');
}

/** The Service a slice is of, as a key. */
export function serviceKeyOf(slice: KubeObject): string {
  return `${slice.metadata.namespace ?? ''}/${slice.metadata.labels?.[serviceLabel] ?? ''}`;
}

function selectorOf(service: KubeObject): Readonly<Record<string, string>> {
  return stringsAt(service, 'spec', 'selector');
}

/** Pods with an address; finished ones no longer have one that counts. */
function hasPlace(pod: KubeObject): boolean {
  const phase = textAt(pod, 'status', 'phase');
  return (textAt(pod, 'status', 'podIP') ?? '') !== '' && phase !== 'Succeeded' && phase !== 'Failed';
}

/** Pods whose named ports resolve to the same numbers share slices. */
function slicesFor(service: KubeObject, pods: readonly KubeObject[]): readonly WantedSlice[] {
  const groups = new Map<string, { readonly ports: readonly Draft[]; readonly endpoints: Draft[] }>();
  for (const pod of pods) {
    const ports = portsOf(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    group.endpoints.push(endpointOf(service, pod));
  }
  const slices = [...groups.values()].flatMap(({ ports, endpoints }) => chunks(endpoints).map((chunk) => ({ ports, endpoints: chunk })));
  return slices.length > 0 ? slices : [{ ports: [], endpoints: [] }];
}

function chunks(endpoints: readonly Draft[]): readonly (readonly Draft[])[] {
  const count = Math.ceil(endpoints.length / endpointsPerSlice);
  return Array.from({ length: count }, (_, index) => endpoints.slice(index * endpointsPerSlice, (index + 1) * endpointsPerSlice));
}

function portsOf(service: KubeObject, pod: KubeObject): readonly Draft[] {
  return recordsAt(service, 'spec', 'ports').flatMap((port) => {
    const number = targetPort(port['targetPort'] ?? port['port'], pod);
    if (number === undefined) return [];
    return [
      {
        name: textAt(port, 'name') ?? '',
        port: number,
        protocol: textAt(port, 'protocol') ?? 'TCP',
        ...(port['appProtocol'] === undefined ? {} : { appProtocol: port['appProtocol'] }),
      },
    ];
  });
}

function targetPort(target: unknown, pod: KubeObject): number | undefined {
  if (typeof target === 'number') return target;
  const ports = recordsAt(pod, 'spec', 'containers').flatMap((container) => recordsAt(container, 'ports'));
  const found = ports.find((port) => port['name'] === target)?.['containerPort'];
  return typeof found === 'number' ? found : undefined;
}

function endpointOf(service: KubeObject, pod: KubeObject): Draft {
  const isReady = conditionOf(pod, 'Ready')?.['status'] === 'True';
  const isLeaving = pod.metadata.deletionTimestamp !== undefined;
  const publishesAll = at(service, 'spec', 'publishNotReadyAddresses') === true;
  const { name, namespace, uid } = pod.metadata;
  return {
    addresses: [textAt(pod, 'status', 'podIP')],
    conditions: { ready: publishesAll || (isReady && !isLeaving), serving: isReady, terminating: isLeaving },
    nodeName: textAt(pod, 'spec', 'nodeName'),
    targetRef: { kind: 'Pod', name, namespace, uid },
  };
}

function renderSlice(service: KubeObject, { ports, endpoints }: WantedSlice): NewObject {
  const { name, namespace = '' } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...service.metadata.labels, [serviceLabel]: name, ...managedBy },
      ownerReferences: [controllerReference(service)],
    },
    addressType: 'IPv4',
    ports,
    endpoints,
  };
}
