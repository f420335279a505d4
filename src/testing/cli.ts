import { customResourceDefinitions, type CustomResourceDefinition } from '../api/schema/index.js';
import { resources, type KubeObject, type NewObject, type Resource } from '../api/kube.js';
import { patient } from '../cli/patience.js';
import { runCli } from '../cli/run.js';
import type { CliIo } from '../cli/session.js';
import type { Cluster, ObjectRef } from '../cluster/cluster.js';
import { virtualScheduler, type VirtualScheduler } from '../lib/virtual-scheduler.js';
import { createStore, type LocalStore } from '../local-cluster/store/index.js';

// Loaded already, an import() takes hardly any turns of the event loop.
import '../cli/more-commands.js';

/** Kinds whose status is written apart. Our AnalysisRuns and Experiments are written whole, as upstream's. */
const withoutStatus: readonly Resource[] = [
  resources.analysisRuns,
  resources.analysisTemplates,
  resources.clusterAnalysisTemplates,
  resources.experiments,
];

export interface CliStage {
  readonly scheduler: VirtualScheduler;
  readonly store: LocalStore;
  /** Stores an object as it is, status included. */
  put(resource: Resource, object: NewObject): Promise<KubeObject>;
  /** A merge patch, as somebody else writes it. */
  patch(resource: Resource, name: string, body: unknown, subresource?: 'status'): Promise<KubeObject>;
  remove(resource: Resource, name: string): Promise<void>;
  /** What is stored. */
  read(resource: Resource, name: string): KubeObject | undefined;
  /** Runs a command to its end. */
  run(line: string | readonly string[], options?: CliOptions): Promise<CliResult>;
  /** Starts a command that goes on. */
  start(line: string | readonly string[], options?: CliOptions): RunningCli;
}

export interface CliOptions {
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly invokedAs?: string;
  /** In place of the store. */
  readonly cluster?: Cluster;
}

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunningCli {
  readonly out: () => string;
  readonly err: () => string;
  /** Undefined while it runs. */
  readonly code: () => number | undefined;
  /** Lets time pass. */
  advance(ms: number): Promise<void>;
  interrupt(): Promise<void>;
}

/**
 * A cluster in memory that knows our kinds, and the plugin in front of it, all in virtual time.
 * @param hasSchemas the real CustomResourceDefinitions, which judge what is written; they take a moment to compile
 */
export async function aCliStage({ hasSchemas = false } = {}): Promise<CliStage> {
  const scheduler = virtualScheduler();
  const store = createStore({ scheduler });
  const put = async (resource: Resource, object: NewObject): Promise<KubeObject> => settled(scheduler, storeWhole(store, resource, object));
  for (const definition of customResourceDefinitions) {
    await put(resources.customResourceDefinitions, hasSchemas ? { ...definition } : withoutSchema(definition));
  }
  const refOf = (resource: Resource, name: string): ObjectRef => ({
    resource,
    name,
    ...(resource.namespaced ? { namespace: 'default' } : {}),
  });
  return {
    ...pluginFor({ scheduler, store }),
    scheduler,
    store,
    put,
    patch: (resource, name, body, subresource) =>
      settled(scheduler, store.patch(refOf(resource, name), { kind: 'merge', body }, subresource === undefined ? {} : { subresource })),
    remove: async (resource, name) => void (await settled(scheduler, store.delete(refOf(resource, name)))),
    read: (resource, name) => store.peek(resource, resource.namespaced ? 'default' : undefined, name),
  };
}

/** The plugin in front of a cluster that is there already. */
export function pluginFor({ scheduler, store }: Pick<CliStage, 'scheduler' | 'store'>): Pick<CliStage, 'run' | 'start'> {
  const start = (line: string | readonly string[], options: CliOptions = {}): RunningCli =>
    startCli(scheduler, store.as('cli'), line, options);
  return {
    start,
    run: async (line, options) => {
      const running = start(line, options);
      for (let i = 0; i < 1000 && running.code() === undefined; i++) await running.advance(100);
      const code = running.code();
      if (code === undefined) throw new Error(`"${String(line)}" does not end; it said: ${running.out()}${running.err()}`);
      return { code, out: running.out(), err: running.err() };
    },
  };
}

function startCli(scheduler: VirtualScheduler, cluster: Cluster, line: string | readonly string[], options: CliOptions): RunningCli {
  const { isTerminal = false, columns = 80, rows = 40, env = {}, input = '', invokedAs = 'kubectl-sluice' } = options;
  const out: string[] = [];
  const err: string[] = [];
  const interrupted = new AbortController();
  let code: number | undefined;
  const io: CliIo = {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    input: async () => input,
    isTerminal,
    size: () => ({ columns, rows }),
    env,
    signal: interrupted.signal,
  };
  const done = runCli({
    argv: typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line,
    ...{ invokedAs, io, scheduler },
    connect: async (_program, flags) => ({
      cluster: patient(options.cluster ?? cluster, scheduler, io),
      namespace: flags.namespace ?? 'default',
      scheduler,
      io,
    }),
  }).then((result) => (code = result));
  const advance = async (ms: number): Promise<void> => {
    // import() and files take real turns of the event loop, however still the virtual clock stands.
    for (let turn = 0; turn < 10; turn++) await scheduler.settle();
    await scheduler.runFor(ms);
    if (code !== undefined) await done;
  };
  return {
    out: () => out.join(''),
    err: () => err.join(''),
    code: () => code,
    advance,
    interrupt: async () => {
      interrupted.abort(new Error('interrupted'));
      await advance(0);
    },
  };
}

/** The same kind with the same subresources, whatever its objects hold. */
function withoutSchema({ spec, ...definition }: CustomResourceDefinition): NewObject {
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const openAPIV3Schema = { ...anything, properties: { spec: anything, status: anything } };
  return { ...definition, spec: { ...spec, versions: spec.versions.map((version) => ({ ...version, schema: { openAPIV3Schema } })) } };
}

async function storeWhole(store: LocalStore, resource: Resource, object: NewObject): Promise<KubeObject> {
  const { status, ...rest } = object;
  const withNamespace = { ...rest, metadata: { ...(resource.namespaced ? { namespace: 'default' } : {}), ...object.metadata } };
  const created = await store.create(
    resource,
    status !== undefined && !hasStatusApart(resource) ? { ...withNamespace, status } : withNamespace,
  );
  if (status === undefined || !hasStatusApart(resource)) return created;
  const { name, namespace } = created.metadata;
  const ref = { resource, name, ...(namespace === undefined ? {} : { namespace }) };
  return store.patch(ref, { kind: 'merge', body: { status } }, { subresource: 'status' });
}

function hasStatusApart(resource: Resource): boolean {
  return !withoutStatus.includes(resource);
}

async function settled<T>(scheduler: VirtualScheduler, promise: Promise<T>): Promise<T> {
  let isDone = false;
  const watched = promise.finally(() => (isDone = true));
  watched.catch(() => undefined);
  await scheduler.runUntil(() => isDone, 60_000);
  return watched;
}
