import { argoGroup } from '../../api/kube.js';
import {
  parseAnalysisRun,
  parseAnalysisTemplate,
  parseExperiment,
  parseRollout,
  validateAnalysisTemplate,
  validateRollout,
  type AnalysisTemplate,
  type FieldError,
} from '../../api/index.js';
import { compileCondition } from '../../core/expression/index.js';
import { unsupportedBehaviour } from '../../core/rollout/unsupported.js';
import { fieldOf } from '../../lib/json.js';
import type { SourceText } from '../files/read-files.js';
import { readDocuments } from './documents.js';
import { errorOf, warningAt } from './finding.js';
import type { Finding, LintDocument } from './types.js';
import { checkReferences } from './references.js';
import { rolloutTraps } from './traps.js';
import { unknownFields } from './unknown-fields.js';

/**
 * Everything that can be found wrong with these files without a cluster, in the order of files and lines: what the API server or the
 * controller would refuse, and known traps.
 */
export function lintTexts(texts: readonly SourceText[]): readonly Finding[] {
  const { documents, findings } = readDocuments(texts);
  const ours = documents.filter(({ raw }) => raw.apiVersion.startsWith(`${argoGroup}/`));
  const all = [...findings, ...ours.flatMap((document) => lintDocument(document, documents)), ...twice(ours), ...autoscaled(documents)];
  const order = new Map(texts.map(({ source }, i) => [source, i]));
  return all.sort((a, b) => (order.get(a.source) ?? 0) - (order.get(b.source) ?? 0) || a.line - b.line);
}

function lintDocument(document: LintDocument, all: readonly LintDocument[]): readonly Finding[] {
  const unknown = unknownFields(document);
  return [...unknown, ...lintKind(document, all), ...scalarTraps(document)];
}

function lintKind(document: LintDocument, all: readonly LintDocument[]): readonly Finding[] {
  const { raw } = document;
  const errors = (found: readonly FieldError[]): readonly Finding[] => found.map((error) => errorOf(document, error));
  switch (raw.kind) {
    case 'Rollout':
      return lintRollout(document, all);
    case 'AnalysisTemplate':
    case 'ClusterAnalysisTemplate': {
      const { template, errors: parseErrors } = parseAnalysisTemplate(raw);
      return errors(validateAnalysisTemplate(template, parseErrors, conditionProblem));
    }
    case 'AnalysisRun':
      return errors(parseAnalysisRun(raw).errors);
    case 'Experiment':
      return errors(parseExperiment(raw).errors);
    default:
      return [];
  }
}

function lintRollout(document: LintDocument, all: readonly LintDocument[]): readonly Finding[] {
  const { rollout, errors: parseErrors } = parseRollout(document.raw);
  const errors = [...validateRollout(rollout, parseErrors), ...unsupportedBehaviour(rollout.spec)];
  const found = errors.map((error) => errorOf(document, error));
  // What follows reasons about a strategy that could be read.
  if (parseErrors.length > 0) return found;
  const references = errors.length > 0 ? [] : checkReferences(document, rollout, all);
  return [...found, ...references, ...rolloutTraps(document, rollout, templatesIn(all))];
}

function templatesIn(all: readonly LintDocument[]): readonly AnalysisTemplate[] {
  return all.filter(({ raw }) => /^(?:Cluster)?AnalysisTemplate$/.test(raw.kind)).map(({ raw }) => parseAnalysisTemplate(raw).template);
}

function conditionProblem(source: string): string | undefined {
  const compiled = compileCondition(source);
  return compiled.kind === 'error' ? compiled.message : undefined;
}

function scalarTraps(document: LintDocument): readonly Finding[] {
  return document.ambiguous.map(({ line, text, kubectl }) => ({
    ...warningAt(document, '', `${text} is read as ${kubectl} by kubectl (YAML 1.1): put it in quotes if the text is meant`),
    line,
  }));
}

/** Two objects of one name overwrite each other; which one wins depends on the tool. */
function twice(documents: readonly LintDocument[]): readonly Finding[] {
  const seen = new Map<string, LintDocument>();
  return documents.flatMap((document) => {
    const { kind, metadata } = document.raw;
    const key = `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
    const first = seen.get(key);
    seen.set(key, first ?? document);
    if (first === undefined) return [];
    return [warningAt(document, 'metadata.name', `the same object is also in ${first.source}:${first.lineOf([])}`)];
  });
}

/** Applied again and again, `spec.replicas` and an autoscaler pull in different directions. cli-dashboard-gitops 3.4. */
function autoscaled(documents: readonly LintDocument[]): readonly Finding[] {
  const targets = documents
    .filter(({ raw }) => raw.kind === 'HorizontalPodAutoscaler')
    .map(({ raw }) => fieldOf(raw.spec, 'scaleTargetRef'))
    .filter((target) => fieldOf(target, 'kind') === 'Rollout')
    .map((target) => fieldOf(target, 'name'));
  return documents
    .filter(({ raw }) => raw.kind === 'Rollout' && targets.includes(raw.metadata.name) && fieldOf(raw.spec, 'replicas') !== undefined)
    .map((document) =>
      warningAt(document, 'spec.replicas', 'an autoscaler sets it as well: leave it out, or each apply undoes the scaling'),
    );
}
