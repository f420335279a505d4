import { argoGroup, resources, type KubeObject, type NewObject, type Resource } from '../../api/kube.js';
import { ControllerError } from '../../lib/errors.js';
import { fieldOf, isPlainObject } from '../../lib/json.js';
import { parseYamlDocuments } from '../files/yaml-documents.js';
import { readSources } from '../files/read-files.js';
import type { ExitCode, Session } from '../session.js';
import { qualifiedName, tellWrite, type WriteOptions } from '../writes.js';
import { getExperiment } from './get-experiment.js';
import { getRollout, type GetOptions } from './get-rollout.js';

export interface CreateOptions extends WriteOptions {
  readonly filename: readonly string[];
  readonly watch: boolean;
  readonly noColor: boolean;
}

const kinds: readonly Resource[] = [
  resources.rollouts,
  resources.experiments,
  resources.analysisTemplates,
  resources.clusterAnalysisTemplates,
  resources.analysisRuns,
];

/**
 * `create -f F... [-w]`. Semantics: cli-dashboard-gitops 1.6. Differs: a file may hold several documents; cluster templates go where they
 * belong; -w works.
 */
export async function create(session: Session, options: CreateOptions): Promise<ExitCode> {
  const objects = (await readSources(session.io, options.filename)).flatMap(({ text, source }) =>
    parseYamlDocuments(text, source).map(({ value }) => toCreate(value, source, session.namespace)),
  );
  if (objects.length === 0) throw new ControllerError('invalid', `${options.filename.join(', ')}: there is no object in it`);
  if (options.watch && objects.length !== 1) throw new ControllerError('invalid', 'only one object can be watched: give one with --watch');
  for (const { resource, object } of objects) await createOne(session, resource, object, options);
  if (options.watch && options.dryRun !== 'client' && options.dryRun !== 'server') await watch(session, objects[0], options);
  return 0;
}

interface ToCreate {
  readonly resource: Resource;
  readonly object: NewObject;
}

function toCreate(value: unknown, source: string, namespace: string): ToCreate {
  const metadata = fieldOf(value, 'metadata');
  const [apiVersion, kind] = [fieldOf(value, 'apiVersion'), fieldOf(value, 'kind')];
  if (!isPlainObject(value) || !isPlainObject(metadata) || typeof apiVersion !== 'string' || typeof kind !== 'string') {
    throw new ControllerError('invalid', `${source}: not a Kubernetes object: apiVersion, kind or metadata is missing`);
  }
  const group = apiVersion.split('/')[0] ?? '';
  const resource = group === argoGroup ? kinds.find((each) => each.kind === kind) : undefined;
  if (resource === undefined) throw new ControllerError('invalid', `${source}: creates of ${group}/${kind} unsupported`);
  const own = metadata['namespace'];
  const place = resource.namespaced ? { namespace: typeof own === 'string' && own !== '' ? own : namespace } : {};
  return { resource, object: { ...value, apiVersion, kind, metadata: { ...metadata, ...place } } };
}

/** Strict: a field the API server does not know is an error, not dropped in silence. */
export async function createOne(session: Session, resource: Resource, object: NewObject, options: WriteOptions): Promise<KubeObject> {
  const created =
    options.dryRun === 'client'
      ? pretended(object)
      : await session.cluster.create(resource, object, {
          signal: session.io.signal,
          fieldValidation: 'Strict',
          dryRun: options.dryRun === 'server',
        });
  tellWrite(session, options, resource, created, `${qualifiedName(resource, created.metadata.name)} created`);
  return created;
}

function pretended(object: NewObject): KubeObject {
  const { name = `${object.metadata.generateName ?? ''}<generated>` } = object.metadata;
  return { ...object, metadata: { uid: '', resourceVersion: '', creationTimestamp: '', ...object.metadata, name } };
}

async function watch(session: Session, created: ToCreate | undefined, options: CreateOptions): Promise<void> {
  const name = created?.object.metadata.name ?? '';
  const inPlace = { ...session, namespace: created?.object.metadata.namespace ?? session.namespace };
  const page: GetOptions = { watch: true, noColor: options.noColor, timeoutSeconds: 0, output: undefined };
  if (created?.resource === resources.rollouts) await getRollout(inPlace, name, page);
  else if (created?.resource === resources.experiments) await getExperiment(inPlace, name, page);
  else throw new ControllerError('invalid', 'can only watch Rollout or Experiment');
}
