import type { KubeObject } from '../api/kube.js';
import type { AnalysisTemplate, Rollout, Service, TemplateRef } from '../api/index.js';
import { parseAnalysisRun, parseExperiment, parseReplicaSet, parseService } from '../api/index.js';
import type { LiveAnswers, ObservedRollout } from '../core/rollout/types.js';
import { selectorFrom, selectorMatches } from '../lib/label-selector.js';
import type { EpochMs } from '../lib/scheduler.js';
import { rememberParsed } from './parsed.js';
import { by, inNamespace, parsedRollout, parsedTemplate, serviceNames, templateRefs, type RolloutSources } from './rollout-sources.js';

const parsedReplicaSet = rememberParsed(parseReplicaSet);
const parsedService = rememberParsed(parseService);
const parsedExperiment = rememberParsed((raw) => parseExperiment(raw).experiment);
const parsedRun = rememberParsed((raw) => parseAnalysisRun(raw).run);

export interface Moment {
  readonly now: EpochMs;
  /** When this process last wrote the status. */
  readonly statusWrittenAt?: EpochMs;
  readonly live?: LiveAnswers;
}

/**
 * The world of one Rollout, from local copies alone.
 *
 * @param key `namespace/name`
 * @returns undefined when there is no such Rollout
 */
export function observeRollout(key: string, sources: RolloutSources, moment: Moment): ObservedRollout | undefined {
  const [namespace = '', name = ''] = key.split('/');
  const raw = sources.rollouts.get(namespace, name);
  return raw === undefined ? undefined : observeAround(raw, sources, moment);
}

function observeAround(raw: KubeObject, sources: RolloutSources, moment: Moment): ObservedRollout {
  const { rollout, errors } = parsedRollout(raw);
  const { uid } = raw.metadata;
  return {
    now: moment.now,
    rollout,
    specErrors: errors,
    replicaSets: sources.replicaSets.byIndex(by.owner, uid).map(parsedReplicaSet),
    orphans: matchingOrphans(rollout, sources),
    analysisRuns: sources.analysisRuns.byIndex(by.owner, uid).map(parsedRun),
    experiments: sources.experiments.byIndex(by.owner, uid).map(parsedExperiment),
    services: observeServices(rollout, sources),
    templates: observeTemplates(rollout, sources),
    live: moment.live ?? {},
    ...(moment.statusWrittenAt === undefined ? {} : { statusWrittenAt: moment.statusWrittenAt }),
  };
}

function matchingOrphans(rollout: Rollout, sources: RolloutSources): ObservedRollout['orphans'] {
  const candidates = sources.replicaSets.byIndex(by.orphan, rollout.metadata.namespace ?? '');
  if (candidates.length === 0 || rollout.spec.selector === undefined) return [];
  const selector = selectorFrom(rollout.spec.selector);
  if (!selector.ok || selector.value.length === 0) return [];
  return candidates.filter((rs) => selectorMatches(selector.value, rs.metadata.labels)).map(parsedReplicaSet);
}

/** Those the strategy names, and those that bear this Rollout's mark. */
function observeServices(rollout: Rollout, sources: RolloutSources): ReadonlyMap<string, Service> {
  const { namespace, name } = rollout.metadata;
  const named = serviceNames(rollout).flatMap((service) => sources.services.get(namespace, service) ?? []);
  const marked = sources.services.byIndex(by.manager, inNamespace(rollout.metadata, name));
  return new Map([...named, ...marked].map((raw) => [raw.metadata.name, parsedService(raw)]));
}

/** The templates a strategy names and those they name, each once; what is missing is left out. */
function observeTemplates(rollout: Rollout, sources: RolloutSources): ReadonlyMap<string, AnalysisTemplate> {
  const found = new Map<string, AnalysisTemplate>();
  const waiting = [...templateRefs(rollout)];
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    const key = ref.clusterScope ? `cluster/${ref.templateName}` : ref.templateName;
    const raw = found.has(key) ? undefined : templateOf(ref, rollout, sources);
    if (raw === undefined) continue;
    const template = parsedTemplate(raw);
    found.set(key, template);
    waiting.push(...template.spec.templates);
  }
  return found;
}

function templateOf(ref: TemplateRef, rollout: Rollout, sources: RolloutSources): KubeObject | undefined {
  if (ref.clusterScope) return sources.clusterAnalysisTemplates?.get(undefined, ref.templateName);
  return sources.analysisTemplates.get(rollout.metadata.namespace, ref.templateName);
}
