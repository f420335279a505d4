import { parseAnalysisTemplate } from '../../api/index.js';
import { formatFieldError } from '../../api/field-error.js';
import type { AnalysisTemplate, Argument } from '../../api/analysis-types.js';
import { keys, resources, type KubeObject, type NewObject } from '../../api/kube.js';
import { buildAnalysisRun } from '../../core/analysis/index.js';
import { ControllerError } from '../../lib/errors.js';
import { fieldOf, isPlainObject } from '../../lib/json.js';
import { parseYamlDocuments } from '../files/yaml-documents.js';
import { readSources } from '../files/read-files.js';
import { readNamed } from '../objects.js';
import type { ExitCode, Session } from '../session.js';
import type { WriteOptions } from '../writes.js';
import { createOne } from './create.js';

export interface CreateAnalysisRunOptions extends WriteOptions {
  readonly from: string | undefined;
  readonly fromFile: string | undefined;
  readonly global: boolean;
  readonly name: string | undefined;
  readonly generateName: string | undefined;
  readonly instanceId: string | undefined;
  readonly argument: readonly string[];
}

/**
 * `create analysisrun --from T | --from-file F`. Semantics: cli-dashboard-gitops 1.6. Differs: templates that a template refers to are merged in.
 */
export async function createAnalysisRun(session: Session, options: CreateAnalysisRunOptions): Promise<ExitCode> {
  if ((options.from === undefined) === (options.fromFile === undefined)) {
    throw new ControllerError('invalid', 'exactly one of --from and --from-file must be given', { usage: true });
  }
  const args = options.argument.map(parseArgument);
  const template = await readTemplate(session, options);
  const others = await readNestedTemplates(session, template);
  noteUnknownArguments(session, [template, ...others], args);
  const run = runFrom(session, template, others, args, options);
  await createOne(session, resources.analysisRuns, run, options);
  return 0;
}

function parseArgument(text: string): Argument {
  const at = text.indexOf('=');
  if (at < 1) throw new ControllerError('invalid', `arguments must be in the form NAME=VALUE, not "${text}"`, { usage: true });
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

async function readTemplate(session: Session, options: CreateAnalysisRunOptions): Promise<AnalysisTemplate> {
  if (options.from !== undefined) return fetchTemplate(session, options.from, options.global);
  const [source] = await readSources(session.io, [options.fromFile ?? '']);
  const [document, another] = source === undefined ? [] : parseYamlDocuments(source.text, source.source);
  const kind = fieldOf(document?.value, 'kind');
  if (document === undefined || another !== undefined || (kind !== 'AnalysisTemplate' && kind !== 'ClusterAnalysisTemplate')) {
    throw new ControllerError('invalid', `${options.fromFile ?? ''}: it must hold one AnalysisTemplate or ClusterAnalysisTemplate`);
  }
  return parsed(asObject(document.value, options.fromFile ?? ''));
}

function asObject(value: unknown, source: string): KubeObject {
  const metadata = fieldOf(value, 'metadata');
  const name = fieldOf(metadata, 'name');
  if (!isPlainObject(value) || !isPlainObject(metadata) || typeof name !== 'string') {
    throw new ControllerError('invalid', `${source}: metadata.name is missing`);
  }
  const { apiVersion, kind } = value;
  return {
    ...value,
    apiVersion: String(apiVersion),
    kind: String(kind),
    metadata: { uid: '', resourceVersion: '', creationTimestamp: '', ...metadata, name },
  };
}

async function fetchTemplate(session: Session, name: string, isGlobal: boolean): Promise<AnalysisTemplate> {
  return parsed(await readNamed(session, isGlobal ? 'clusterAnalysisTemplates' : 'analysisTemplates', name));
}

function parsed(raw: KubeObject): AnalysisTemplate {
  const { template, errors } = parseAnalysisTemplate(raw);
  const [error] = errors;
  if (error) throw new ControllerError('invalid', `the template "${raw.metadata.name}" is invalid: ${formatFieldError(error)}`);
  return template;
}

/** Those a template refers to, and those these refer to, each once. */
async function readNestedTemplates(session: Session, first: AnalysisTemplate): Promise<readonly AnalysisTemplate[]> {
  const found = new Map<string, AnalysisTemplate>();
  const pending = [...first.spec.templates];
  for (let ref = pending.shift(); ref !== undefined; ref = pending.shift()) {
    const key = `${ref.clusterScope}/${ref.templateName}`;
    if (found.has(key)) continue;
    const template = await fetchTemplate(session, ref.templateName, ref.clusterScope);
    found.set(key, template);
    pending.push(...template.spec.templates);
  }
  return [...found.values()];
}

function noteUnknownArguments({ io }: Session, templates: readonly AnalysisTemplate[], args: readonly Argument[]): void {
  const declared = new Set(templates.flatMap(({ spec }) => spec.args.map(({ name }) => name)));
  for (const { name } of args) if (!declared.has(name)) io.err(`note: the template has no argument "${name}"; it is left out\n`);
}

function runFrom(
  session: Session,
  template: AnalysisTemplate,
  others: readonly AnalysisTemplate[],
  args: readonly Argument[],
  options: CreateAnalysisRunOptions,
): NewObject {
  const { name, clusterScope } = { name: template.metadata.name, clusterScope: template.clusterScope };
  const all = [template, ...others];
  const built = buildAnalysisRun({
    name: options.name ?? '',
    namespace: session.namespace,
    // A run of one's own has no owner; the field is taken out again below.
    owner: { apiVersion: '', kind: '', name: '', uid: '' },
    templates: [{ templateName: name, clusterScope }],
    find: (ref) => all.find((t) => t.metadata.name === ref.templateName && t.clusterScope === ref.clusterScope),
    args,
    dryRun: [],
    measurementRetention: [],
    path: 'spec',
    mustEnd: false,
  });
  if ('errors' in built)
    throw new ControllerError('invalid', built.errors.map((error) => error.detail || formatFieldError(error)).join('; '));
  const labels = options.instanceId === undefined ? template.metadata.labels : { [keys.instanceId]: options.instanceId };
  const naming = options.name === undefined ? { generateName: options.generateName ?? `${name}-` } : { name: options.name };
  return { ...built.run, metadata: { namespace: session.namespace, ...naming, ...(labels === undefined ? {} : { labels }) } };
}
