import { controllerOf, objectKey, resources, type KubeObject, type ObjectMeta } from '../../api/kube.js';

import { additionalWeights } from './weights.js';
import type { Change, Indexers, Informer, Informers } from '../../runtime/types.js';
import { by, inNamespace, instanceSelector, rolloutSources, type RolloutSources, type Scope } from '../../observe/index.js';

/** The local copies an observation of an Experiment reads from: those of Rollouts, and Experiments. */
export interface ExperimentSources extends RolloutSources {
  readonly experiments: Informer;
}

const ownerIndexers: Indexers = {
  [by.owner]: ({ metadata }) => {
    const owner = controllerOf(metadata);
    return owner === undefined ? [] : [owner.uid];
  },
};

export function experimentSources(informers: Informers, scope: Scope = {}): ExperimentSources {
  const inScope = scope.namespace === undefined ? {} : { namespace: scope.namespace };
  const sources = rolloutSources(informers, scope);
  informers.informer(sources.services.selection, ownerIndexers);
  const experiments = informers.informer(
    { resource: resources.experiments, labelSelector: instanceSelector(scope), ...inScope },
    ownerIndexers,
  );
  return { ...sources, experiments };
}

export interface Watch {
  readonly informer: Informer;
  readonly keysOf: (change: Change) => readonly string[];
}

/** Which change to which kind of object concerns which Experiments. */
export function watchesOf(sources: ExperimentSources): readonly Watch[] {
  const { experiments, replicaSets, services, analysisRuns, rollouts } = sources;
  return [
    { informer: experiments, keysOf: (change) => eitherSide(change, ({ metadata }) => [objectKey(metadata)]) },
    { informer: replicaSets, keysOf: (change) => eitherSide(change, ({ metadata }) => keysOfOwner(metadata)) },
    { informer: services, keysOf: (change) => (isNew(change) ? eitherSide(change, ({ metadata }) => keysOfOwner(metadata)) : []) },
    {
      informer: analysisRuns,
      keysOf: (change) => (changes(change, phaseOf) ? eitherSide(change, ({ metadata }) => keysOfOwner(metadata)) : []),
    },
    {
      informer: rollouts,
      keysOf: (change) => (changes(change, weightsOf) ? eitherSide(change, (object) => ownedBy(sources, object)) : []),
    },
  ];
}

function eitherSide({ before, after }: Change, keysOf: (object: KubeObject) => readonly string[]): readonly string[] {
  const found = [before, after].flatMap((object) => (object === undefined ? [] : keysOf(object)));
  return [...new Set(found)];
}

function keysOfOwner(metadata: ObjectMeta): readonly string[] {
  const owner = controllerOf(metadata);
  return owner?.kind === resources.experiments.kind ? [inNamespace(metadata, owner.name)] : [];
}

function ownedBy({ experiments }: ExperimentSources, rollout: KubeObject): readonly string[] {
  return experiments.byIndex(by.owner, rollout.metadata.uid).map(({ metadata }) => objectKey(metadata));
}

/** Load balancers change a Service's status all the time; only that it is there matters here. */
function isNew({ before, after }: Change): boolean {
  return before === undefined || after === undefined;
}

function changes({ before, after }: Change, look: (object: KubeObject) => string): boolean {
  return before === undefined || after === undefined || look(before) !== look(after);
}

function phaseOf({ status, metadata }: KubeObject): string {
  return JSON.stringify([status?.['phase'], status?.['message'], metadata.deletionTimestamp]);
}

function weightsOf(rollout: KubeObject): string {
  return JSON.stringify(additionalWeights(rollout));
}
