import type { Json, KubeObject, NewObject } from '../../src/api/kube.js';
import { resources } from '../../src/api/kube.js';
import type { ObjectRef } from '../../src/cluster/cluster.js';
import { ControllerError, hasCode } from '../../src/lib/errors.js';
import { sleep } from '../../src/lib/scheduler.js';
import { observedGenerationIsCurrent } from '../lib/observed.js';
import type { Stage } from '../fixture/stage.js';
import { until } from '../lib/until.js';
import { compare } from './compare.js';
import type { Difference } from './difference.js';
import type { Digest } from './digest.js';
import { digest } from './digest.js';
import { follow } from './follow.js';
import type { Action, Recording } from './format.js';
import { Journal } from './journal.js';
import { jsonAt, textAt } from '../lib/json-at.js';
import { followedKinds, resourceOf } from '../lib/kinds.js';
import { holds } from '../lib/where.js';

export interface Play {
  readonly digest: Digest;
  readonly differences: readonly Difference[];
}

/** Plays a recorded script on a target and compares what happened with what was recorded. */
export async function play(recording: Recording, target: Stage): Promise<Play> {
  const startedAt = target.scheduler.now();
  const journal = new Journal(() => target.scheduler.now());
  const withPods = recording.timeline.some((line) => line.kind === 'change' && line.on.startsWith('Pod/'));
  const following = follow(target.cluster, target.scheduler, target.namespace, followedKinds(withPods), journal);
  const stopped = await new Player(recording, target, journal).run();
  await following.stop();
  const run = digest(journal.entries, {
    known: recording,
    namespace: target.namespace,
    metricsUrl: target.metricsUrl,
    startedAt,
    endedAt: target.scheduler.now(),
  });
  return { digest: run, differences: [...(stopped === undefined ? [] : [stopped]), ...compare(recording, run)] };
}

const defaultWaitSeconds = 30;

class Player {
  private readonly labels: readonly string[];
  private labelIndex = 0;
  private manifestIndex = 0;

  constructor(
    private readonly recording: Recording,
    private readonly target: Stage,
    private readonly journal: Journal,
  ) {
    this.labels = recording.timeline.flatMap((line) => (line.kind === 'action' ? [line.label] : []));
  }

  /** @returns where the script could not go on, if so */
  async run(): Promise<Difference | undefined> {
    for (const [index, action] of this.recording.script.entries()) {
      try {
        await this.act(action);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { aspect: 'script', text: `action ${index} (${brief(action)}): ${reason}` };
      }
    }
    return undefined;
  }

  private async act(action: Action): Promise<void> {
    const { target } = this;
    switch (action.do) {
      case 'wait':
        return this.wait(action);
      case 'settle':
        return this.settle(action.quiet, action.max);
      case 'sleep':
        return sleep(target.scheduler, action.seconds * 1_000);
      default:
        return this.actVisibly(action, this.begin());
    }
  }

  private begin(): string {
    const label = this.labels[this.labelIndex++] ?? `action ${this.labelIndex}`;
    this.journal.action(label);
    return label;
  }

  private async actVisibly(action: Exclude<Action, { do: 'wait' | 'settle' | 'sleep' }>, label: string): Promise<void> {
    const { target } = this;
    switch (action.do) {
      case 'apply':
        return this.apply(action);
      case 'patch':
        return this.refusable(label, action.mayFail, () => this.patch(action));
      case 'scale':
        return this.scale(action);
      case 'plugin':
        return this.plugin(action, label);
      case 'metric':
        return target.setMetric(action.name, action.answer);
      case 'delete':
        await target.cluster.delete(
          this.ref(action.kind, action.name),
          action.propagation === undefined ? {} : { propagationPolicy: action.propagation },
        );
        return;
      case 'killPod':
        return this.killPod(action);
      case 'stopController':
        return target.controller.stop();
      case 'startController':
        return target.controller.start();
    }
  }

  private async apply({ what, each }: Extract<Action, { do: 'apply' }>): Promise<void> {
    for (const name of what) {
      const manifest = this.recording.manifests[this.manifestIndex++];
      if (manifest === undefined) throw new Error(`no manifest for ${name}`);
      await this.refusable(`apply ${name}`, each, () => this.createOrReplace(this.localised(manifest)));
    }
  }

  private async createOrReplace(manifest: NewObject): Promise<void> {
    const resource = resourceOf(manifest.kind);
    const ref = this.ref(manifest.kind, manifest.metadata.name ?? '');
    const object = resource.namespaced ? { ...manifest, metadata: { ...manifest.metadata, namespace: this.target.namespace } } : manifest;
    try {
      await this.target.cluster.create(resource, object);
    } catch (error) {
      if (!hasCode(error, 'already-exists')) throw error;
      await this.target.cluster.replace(ref, object);
    }
  }

  private localised(manifest: NewObject): NewObject {
    const text = JSON.stringify(manifest).replaceAll('http://METRICS/$NS', this.target.metricsUrl).replaceAll('$NS', this.target.namespace);
    // The same object with other strings in it.
    return JSON.parse(text) as NewObject;
  }

  private async patch({ kind, name, type, patch, subresource }: Extract<Action, { do: 'patch' }>): Promise<void> {
    // A JSON patch of a recording is a list of operations.
    const body =
      type === 'json' ? ({ kind: 'json', body: patch as readonly unknown[] } as const) : ({ kind: 'merge', body: patch } as const);
    await this.target.cluster.patch(this.ref(kind, name), body, subresource === undefined ? {} : { subresource });
  }

  /** As an HPA does: the scale subresource, a merge patch. */
  private async scale({ name, replicas }: Extract<Action, { do: 'scale' }>): Promise<void> {
    await this.target.cluster.patch(this.ref('Rollout', name), { kind: 'merge', body: { spec: { replicas } } }, { subresource: 'scale' });
  }

  private async plugin({ args, mayFail }: Extract<Action, { do: 'plugin' }>, label: string): Promise<void> {
    const { code, output } = await this.target.plugin(args);
    this.journal.returned(label, code, output.trimEnd().split('\n'));
    if (code !== 0 && !mayFail) throw new Error(`exit code ${code}: ${output}`);
  }

  private async killPod({ name, of }: Extract<Action, { do: 'killPod' }>): Promise<void> {
    const rollout = await this.target.cluster.get(this.ref('Rollout', name));
    const hash = textAt(rollout, 'status', of === 'stable' ? 'stableRS' : 'currentPodHash') ?? '';
    const pods = await this.target.cluster.list({
      resource: resources.pods,
      namespace: this.target.namespace,
      labelSelector: `rollouts-pod-template-hash=${hash}`,
    });
    const pod = pods.items[0];
    if (pod === undefined) throw new Error(`${name} has no ${of} pod`);
    await this.target.cluster.delete(
      { resource: resources.pods, namespace: this.target.namespace, name: pod.metadata.name },
      { gracePeriodSeconds: 0 },
    );
  }

  /** Runs what the API server may refuse; a refusal is part of the recording then. */
  private async refusable(label: string, mayFail: boolean, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!mayFail || !(error instanceof ControllerError)) throw error;
      this.journal.refused(label, Number(error.fields['status'] ?? 0), error.message);
    }
  }

  private async wait({ kind, name, where, seconds, observed, gone }: Extract<Action, { do: 'wait' }>): Promise<void> {
    const probe = async (): Promise<true | undefined> => {
      const object = await this.find(kind, name);
      if (gone || object === undefined) return gone && object === undefined ? true : undefined;
      return (!observed || (await this.isObserved(object))) && holds(object, where) ? true : undefined;
    };
    const what = `${kind}/${name} ${gone ? 'to be gone' : JSON.stringify(where)}`;
    try {
      await until(probe, { scheduler: this.target.scheduler, timeoutMs: (seconds ?? defaultWaitSeconds) * 1_000, everyMs: 50, what });
    } catch (error) {
      const object = await this.find(kind, name);
      throw new Error(
        `${error instanceof Error ? error.message : String(error)}; it is ${object === undefined ? 'absent' : JSON.stringify(shortStatus(object))}`,
        { cause: error },
      );
    }
  }

  private async find(kind: string, name: string): Promise<KubeObject | undefined> {
    try {
      return await this.target.cluster.get(this.ref(kind, name));
    } catch (error) {
      if (hasCode(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** The controller has seen this generation, and that of the workload it refers to. */
  private async isObserved(object: KubeObject): Promise<boolean> {
    if (observedGenerationIsCurrent(object) !== true) return false;
    const [kind, name] = [textAt(object, 'spec', 'workloadRef', 'kind'), textAt(object, 'spec', 'workloadRef', 'name')];
    if (kind !== 'Deployment' || name === undefined) return true;
    const workload = await this.find(kind, name);
    return workload === undefined || textAt(object, 'status', 'workloadObservedGeneration') === String(workload.metadata.generation ?? '');
  }

  /** Until no object has changed for `quiet` seconds since now. */
  private async settle(quiet: number, max: number | undefined): Promise<void> {
    const { scheduler } = this.target;
    const startedAt = scheduler.now();
    const end = startedAt + (max ?? 60) * 1_000;
    for (;;) {
      const leftMs = Math.max(startedAt, this.journal.lastChangeAt()) + quiet * 1_000 - scheduler.now();
      if (leftMs <= 0 || scheduler.now() >= end) return;
      await sleep(scheduler, Math.min(leftMs, end - scheduler.now()));
    }
  }

  private ref(kind: string, name: string): ObjectRef {
    const resource = resourceOf(kind);
    return resource.namespaced ? { resource, namespace: this.target.namespace, name } : { resource, name };
  }
}

function brief(action: Action): string {
  return JSON.stringify(action).slice(0, 160);
}

function shortStatus(object: KubeObject): Json {
  const status = ['phase', 'message', 'currentStepIndex', 'replicas', 'availableReplicas', 'stableRS', 'currentPodHash'];
  return Object.fromEntries(
    status.flatMap((name) => (jsonAt(object, 'status', name) === undefined ? [] : [[name, jsonAt(object, 'status', name) ?? null]])),
  );
}
