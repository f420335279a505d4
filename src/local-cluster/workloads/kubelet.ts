import type { KubeObject, NewObject } from '../../api/kube.js';
import { resources } from '../../api/kube.js';
import type { LogOptions } from '../../cluster/cluster.js';
import { hasCode } from '../../lib/errors.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { parseTime, renderWholeSeconds } from '../../lib/time.js';
import type { Informer } from '../../runtime/index.js';
import { isEqual } from '../../lib/equal.js';
import type { Draft } from '../store/json.js';
import { at, listAt, recordsAt, textAt } from '../store/json.js';
import type { Kit, Running, StandInOptions } from './kit.js';
import { conditionOf, keyOf, runStandIn, splitKey, stampCondition } from './kit.js';
import type { PodLife } from './pod-life.js';
import { lifeAt } from './pod-life.js';
import { PodAddresses } from './pod-addresses.js';
import { PodLogs } from './pod-logs.js';
import type { PodScript, PodScriptChanges, ScriptDefaults } from './pod-script.js';
import { scriptOf } from './pod-script.js';
import { renderPodStatus } from './pod-status.js';

export interface KubeletOptions extends StandInOptions {
  /** Default `local-node`. */
  readonly nodeName?: string;
  /** Default 192.168.49.2. */
  readonly hostIp?: string;
  /** Pods the node takes; default 110,000. */
  readonly capacity?: number;
  /** How often the node says it is alive; a real control plane wants 20. Default 0: never. */
  readonly heartbeatSeconds?: number;
  /** From bound to running, ms; default 600. */
  readonly startMs?: number;
  /** From deletion to gone, ms, preStop aside; default 100. */
  readonly stopMs?: number;
  /** A scenario's word on a pod's life; asked again whenever the pod is looked at, see `poke`. */
  readonly script?: (pod: KubeObject) => PodScriptChanges | undefined;
  /**
   * For those who make pods really serve: called with the pod's address before its status says that it runs, and whenever it is looked at while
   * it runs; without one when its containers have stopped. Awaited.
   */
  readonly onRunning?: (pod: KubeObject, podIp: string | undefined) => Promise<void>;
}

export interface Kubelet extends Running {
  readonly logs: PodLogs;
  /** pods/log, for LocalStore.setLogSource. */
  readLogs(pod: KubeObject, options: LogOptions): AsyncIterable<string>;
  /** Looks at every pod again: the scenario has changed its mind. */
  poke(): void;
}

/** A stand-in for scheduler and kubelet of one node: binds every pod, plays its life by status patches, and takes it away. */
export function startKubelet(options: KubeletOptions): Kubelet {
  const logs = new PodLogs();
  let node: NodeAgent | undefined;
  const running = runStandIn('kubelet', options, (kit) => {
    const agent = new NodeAgent(kit, options, logs);
    node = agent;
    return (key) => agent.reconcile(key);
  });
  return {
    logs,
    readLogs: (pod, logOptions) => logs.read(pod, logOptions, () => node?.isGone(pod) ?? true),
    poke: () => node?.poke(),
    stop: async () => {
      node?.stop();
      await running.stop();
    },
  };
}

/** What the kubelet alone remembers of a pod; after a restart it is read back from the status, to the second. */
interface Memory {
  readonly boundAt: EpochMs;
  stopRequestedAt?: EpochMs;
  started?: string;
}

const nodeKey = 'node';
const defaultScheduler = 'default-scheduler';

class NodeAgent {
  readonly #pods: Informer;
  readonly #memories = new Map<string, Memory>();
  readonly #addresses = new PodAddresses();
  readonly #defaults: ScriptDefaults;
  readonly #name: string;
  #stopHeartbeat: () => void = () => undefined;

  constructor(
    private readonly kit: Kit,
    private readonly options: KubeletOptions,
    private readonly logs: PodLogs,
  ) {
    this.#name = options.nodeName ?? 'local-node';
    this.#defaults = { startMs: options.startMs ?? 600, stopMs: options.stopMs ?? 100 };
    this.#pods = kit.informers.informer({ resource: resources.pods });
    this.#pods.onChange(({ before, after }) => {
      if (after) this.#notice(after);
      else if (before) this.#forget(before);
    });
    kit.queue.add(nodeKey);
  }

  /** Addresses of pods that run already are taken, also those from before a restart. */
  #notice(pod: KubeObject): void {
    if (textAt(pod, 'status', 'podIP') !== undefined) this.#addresses.of(pod);
    this.kit.queue.add(keyOf(pod));
  }

  poke(): void {
    for (const pod of this.#pods.list()) this.kit.queue.add(keyOf(pod));
  }

  stop(): void {
    this.#stopHeartbeat();
  }

  isGone(pod: KubeObject): boolean {
    return this.#pods.get(pod.metadata.namespace, pod.metadata.name)?.metadata.uid !== pod.metadata.uid;
  }

  async reconcile(key: string): Promise<void> {
    if (key === nodeKey) return this.#register();
    const { namespace, name } = splitKey(key);
    const pod = this.#pods.get(namespace, name);
    if (!pod) return;
    const script = scriptOf(pod, this.#defaults, this.options.script?.(pod));
    const node = textAt(pod, 'spec', 'nodeName') ?? '';
    if (node === '') await this.#schedule(pod, script);
    else if (node === this.#name) await this.#live(pod, script);
  }

  async #schedule(pod: KubeObject, script: PodScript): Promise<void> {
    if (pod.metadata.deletionTimestamp !== undefined || listAt(pod, 'spec', 'schedulingGates').length > 0) return;
    // Pods of another scheduler are nobody's here, as in a real cluster without it.
    if ((textAt(pod, 'spec', 'schedulerName') ?? defaultScheduler) !== defaultScheduler) return;
    if (script.isSchedulable && this.#boundPods() < (this.options.capacity ?? 110_000)) {
      await this.kit.cluster.bind(refOf(pod), this.#name);
      // The binding's answer is no pod: the bound one comes by the watch.
      return;
    }
    const message =
      '0/1 nodes are available: 1 Too many pods. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.';
    await this.#patchStatus(pod, {
      conditions: [stampCondition(pod, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }, this.kit.now())],
    });
    this.kit.queue.addAt(keyOf(pod), this.kit.now() + 1000);
  }

  #boundPods(): number {
    return this.#pods.list().filter((pod) => (textAt(pod, 'spec', 'nodeName') ?? '') !== '').length;
  }

  async #live(pod: KubeObject, script: PodScript): Promise<void> {
    const now = this.kit.now();
    const memory = this.#memoryOf(pod);
    if (pod.metadata.deletionTimestamp !== undefined) return this.#stopPod(pod, script, memory);
    if (isFinished(pod)) return;
    const life = lifeAt(script, memory.boundAt, now);
    await this.#report(pod, script, life, memory);
    if (life.nextAt !== undefined) this.kit.queue.addAt(keyOf(pod), life.nextAt);
  }

  async #report(pod: KubeObject, script: PodScript, life: PodLife, memory: Memory): Promise<void> {
    const podIp = life.phase === 'Pending' ? undefined : this.#addresses.of(pod);
    const place = { hostIp: this.options.hostIp ?? '192.168.49.2', podIp, startTime: memory.boundAt };
    const status = renderPodStatus(pod, script, life, place, this.kit.now());
    this.#tell(pod, life, memory);
    const isRunning = life.containers.every(({ state }) => state.kind === 'running');
    await this.options.onRunning?.(pod, isRunning ? podIp : undefined);
    await this.#patchStatus(pod, status);
  }

  /** Writes a line for every start of a container, and what its command prints. */
  #tell(pod: KubeObject, life: PodLife, memory: Memory): void {
    const runs = life.containers.map(({ restarts, state }) => `${restarts}${state.kind}`).join();
    if (memory.started === runs) return;
    memory.started = runs;
    for (const { script, state, restarts } of life.containers) {
      if (state.kind !== 'running' && state.kind !== 'terminated') continue;
      this.logs.append(
        pod.metadata.uid,
        script.name,
        `${renderWholeSeconds(this.kit.now())} ${script.image}: ${state.kind}${restarts > 0 ? ` (restart ${restarts})` : ''}`,
      );
      for (const line of script.output) this.logs.append(pod.metadata.uid, script.name, line);
    }
  }

  /** Containers run on until they have stopped; then the last delete. Never longer than the grace period. */
  async #stopPod(pod: KubeObject, script: PodScript, memory: Memory): Promise<void> {
    const now = this.kit.now();
    memory.stopRequestedAt ??= now;
    const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
    const goneAt = isFinished(pod) ? now : memory.stopRequestedAt + Math.min(script.stopMs, graceMs);
    if (now < goneAt) {
      // Its containers may still become unready or exit meanwhile; a pod that never became ready gains nothing by it.
      this.kit.queue.addAt(keyOf(pod), goneAt);
      await this.options.onRunning?.(pod, isServing(pod) ? this.#addresses.of(pod) : undefined);
      return;
    }
    await this.options.onRunning?.(pod, undefined);
    await this.kit.cluster
      .delete(refOf(pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } })
      .catch((error: unknown) => {
        if (!hasCode(error, 'not-found', 'conflict')) throw error;
      });
  }

  async #patchStatus(pod: KubeObject, status: Draft): Promise<KubeObject> {
    if (isCovered(pod, status)) return pod;
    const body = { metadata: { uid: pod.metadata.uid }, status };
    return this.kit.cluster.patch(refOf(pod), { kind: 'strategic', body }, { subresource: 'status' });
  }

  #memoryOf(pod: KubeObject): Memory {
    const { uid } = pod.metadata;
    const known = this.#memories.get(uid);
    if (known) return known;
    const made: Memory = { boundAt: parseTime(textAt(pod, 'status', 'startTime') ?? '') ?? this.kit.now() };
    this.#memories.set(uid, made);
    return made;
  }

  #forget(pod: KubeObject): void {
    this.#memories.delete(pod.metadata.uid);
    this.#addresses.release(pod);
    this.logs.forget(pod.metadata.uid);
    void this.options.onRunning?.(pod, undefined);
  }

  async #register(): Promise<void> {
    await this.kit.cluster.create(resources.nodes, renderNode(this.#name, this.options, this.kit.now())).catch((error: unknown) => {
      if (!hasCode(error, 'already-exists')) throw error;
    });
    await this.#beat();
    const everyMs = (this.options.heartbeatSeconds ?? 0) * 1000;
    if (everyMs > 0) this.#stopHeartbeat = this.kit.scheduler.after(everyMs, () => this.kit.queue.add(nodeKey));
  }

  /** A real API server drops a status sent with a create for some kinds; a node's heartbeat is a status patch in any case. */
  async #beat(): Promise<void> {
    const { status } = renderNode(this.#name, this.options, this.kit.now());
    await this.kit.cluster.patch(
      { resource: resources.nodes, name: this.#name },
      { kind: 'strategic', body: { status } },
      { subresource: 'status' },
    );
  }
}

function refOf(pod: KubeObject): { readonly resource: typeof resources.pods; readonly namespace: string; readonly name: string } {
  return { resource: resources.pods, namespace: pod.metadata.namespace ?? 'default', name: pod.metadata.name };
}

/** Its containers run still, though it is on its way out. */
function isServing(pod: KubeObject): boolean {
  return (
    textAt(pod, 'status', 'phase') === 'Running' &&
    recordsAt(pod, 'status', 'containerStatuses').every((status) => at(status, 'state', 'running') !== undefined)
  );
}

function isFinished(pod: KubeObject): boolean {
  const phase = textAt(pod, 'status', 'phase');
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Whether a pod's status already says all that a patch would: then no write. */
function isCovered(pod: KubeObject, status: Draft): boolean {
  return Object.entries(status).every(([key, value]) =>
    key === 'conditions' && Array.isArray(value)
      ? recordsAt(status, 'conditions').every((condition) => isSameCondition(conditionOf(pod, textAt(condition, 'type') ?? ''), condition))
      : isEqual(at(pod, 'status', key), value),
  );
}

function isSameCondition(found: Draft | undefined, wanted: Draft): boolean {
  return ['status', 'reason', 'message'].every((key) => found?.[key] === wanted[key]);
}

function renderNode(name: string, options: KubeletOptions, now: EpochMs): NewObject & { readonly status: Draft } {
  const time = renderWholeSeconds(now);
  const sizes = { cpu: '1000', memory: '4Ti', pods: String(options.capacity ?? 110_000), 'ephemeral-storage': '10Ti' };
  const address = options.hostIp ?? '192.168.49.2';
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'node.kubernetes.io/instance-type': 'stand-in' },
    },
    status: {
      capacity: sizes,
      allocatable: sizes,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'kubelet stand-in is posting ready status',
          lastHeartbeatTime: time,
          lastTransitionTime: time,
        },
      ],
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: {
        ...{ machineID: '', systemUUID: '', bootID: '', kernelVersion: '', osImage: 'stand-in', containerRuntimeVersion: 'stand-in://1' },
        ...{ kubeletVersion: 'v1.35.4', kubeProxyVersion: '', operatingSystem: 'linux', architecture: 'amd64' },
      },
    },
  };
}
