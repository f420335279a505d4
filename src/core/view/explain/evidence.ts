import { formatFieldError } from '../../../api/field-error.js';
import type { AnalysisRun } from '../../../api/analysis-types.js';
import { completedPhases } from '../../../api/analysis-types.js';
import type { KubeObject } from '../../../api/kube.js';
import type { ReplicaSet } from '../../../api/workload-types.js';
import { assertNever } from '../../../lib/errors.js';
import { fieldOf, objectsOf } from '../../../lib/json.js';
import type { RolloutAction } from '../../rollout/types.js';
import { humanDuration } from '../age.js';
import { imagesOf } from '../images.js';
import { viewPod } from '../pod-status.js';
import { rolesOf } from '../rollout-view.js';
import { isOwned, revisionOf } from '../tree.js';
import { viewActualWeight, viewMaxWeight, viewSetWeight } from '../weights.js';
import { describeMetric } from './metric.js';
import type { ExplainInput } from './types.js';

/** A fact that bears on what is awaited. */
export interface Evidence {
  readonly kind: 'spec' | 'replicas' | 'pod' | 'traffic' | 'analysis' | 'metric' | 'experiment' | 'next' | 'warning';
  /** `waiting`: neither good nor bad yet. */
  readonly tone: 'good' | 'bad' | 'waiting';
  readonly text: string;
}

const mostPods = 5;
const mostWarnings = 5;

/** The facts, in the order in which a human would look: the spec, the pods, the traffic, the measurements, what comes next, the warnings. */
export function viewEvidence(input: ExplainInput): readonly Evidence[] {
  return [
    ...specEvidence(input),
    ...replicaEvidence(input),
    ...podEvidence(input),
    ...trafficEvidence(input),
    ...analysisEvidence(input),
    ...experimentEvidence(input),
    ...nextEvidence(input),
    ...warningEvidence(input),
  ];
}

function specEvidence({ plan, rollout }: ExplainInput): readonly Evidence[] {
  const errors = plan?.errors.map(formatFieldError) ?? [];
  const stored = rollout.status.conditions.filter((c) => c.type === 'InvalidSpec' && c.status === 'True').map((c) => c.message);
  return (errors.length > 0 ? errors : stored).map((text) => ({ kind: 'spec', tone: 'bad', text }));
}

function ownSets({ rollout, replicaSets }: ExplainInput): readonly ReplicaSet[] {
  return replicaSets
    .filter((rs) => isOwned(rs.metadata, rollout.metadata) && (rs.replicas > 0 || rs.actual > 0))
    .sort((a, b) => b.revision - a.revision);
}

function replicaEvidence(input: ExplainInput): readonly Evidence[] {
  return ownSets(input).map((rs) => {
    const roles = rolesOf(input.rollout, rs.hash).join(', ') || 'older version';
    const images = imagesOf(rs.template).join(', ');
    const surplus = rs.actual > rs.replicas ? `, ${rs.actual - rs.replicas} more leaving` : '';
    return {
      kind: 'replicas',
      tone: rs.available >= rs.replicas ? 'good' : 'waiting',
      text: `revision ${rs.revision} (${roles}): ${Math.min(rs.available, rs.replicas)} of ${rs.replicas} pods available${surplus}, ${images}`,
    };
  });
}

function podEvidence(input: ExplainInput): readonly Evidence[] {
  const owners = ownSets(input);
  const troubled = input.pods.filter((pod) => owners.some((rs) => isOwned(pod.metadata, rs.metadata)) && isTroubled(pod));
  const shown = troubled.slice(0, mostPods).map((pod): Evidence => {
    const { status, restarts } = viewPod(pod);
    const detail = podDetail(pod);
    return {
      kind: 'pod',
      tone: /^(?:Pending|ContainerCreating|PodInitializing|Init:\d+\/\d+|Running|Terminating)$/.test(status) ? 'waiting' : 'bad',
      text: `pod ${pod.metadata.name}: ${status}${restarts > 0 ? `, ${restarts} restarts` : ''}${detail === '' ? '' : `: ${detail}`}`,
    };
  });
  const rest = troubled.length - shown.length;
  return rest === 0 ? shown : [...shown, { kind: 'pod', tone: 'waiting', text: `and ${rest} more pods that are not ready` }];
}

function isTroubled(pod: KubeObject): boolean {
  const { ready, containers } = viewPod(pod);
  return pod.metadata.deletionTimestamp === undefined && ready < containers;
}

/** What the kubelet or the scheduler says about it. */
function podDetail(pod: KubeObject): string {
  const statuses = objectsOf(pod.status?.['initContainerStatuses']).concat(objectsOf(pod.status?.['containerStatuses']));
  for (const status of statuses) {
    const state = fieldOf(status, 'state');
    for (const kind of ['waiting', 'terminated']) {
      const message = fieldOf(fieldOf(state, kind), 'message');
      if (typeof message === 'string' && message !== '') return message;
    }
  }
  const unmet = objectsOf(pod.status?.['conditions']).find(
    (c) => c['status'] === 'False' && typeof c['message'] === 'string' && c['message'] !== '',
  );
  return unmet === undefined ? '' : String(unmet['message']);
}

function trafficEvidence(input: ExplainInput): readonly Evidence[] {
  const { rollout } = input;
  const { strategy } = rollout.spec;
  if (strategy.kind !== 'canary' || rollout.status.stableRS === rollout.status.currentPodHash) return [];
  const canary = ownSets(input).find((rs) => rs.hash === rollout.status.currentPodHash);
  const [actual, wanted] = [viewActualWeight(strategy, rollout, canary?.available ?? 0), viewSetWeight(strategy, rollout)];
  const how = strategy.trafficRouting === undefined ? 'by its share of the pods' : 'by the traffic router';
  return [
    {
      kind: 'traffic',
      tone: actual === wanted ? 'good' : 'waiting',
      text: `the canary has ${actual} of ${viewMaxWeight(strategy)} of the traffic ${how}; wanted: ${wanted}`,
    },
  ];
}

/** Runs of the newest revision: those under way, and those that ended badly. */
function analysisEvidence(input: ExplainInput): readonly Evidence[] {
  const { rollout, now } = input;
  const newest = Math.max(0, revisionOf(rollout.metadata));
  const runs = input.analysisRuns.filter((run) => isOwned(run.metadata, rollout.metadata) && revisionOf(run.metadata) === newest);
  return runs.filter((run) => run.status.phase !== 'Successful').flatMap((run) => [runEvidence(run, now), ...metricEvidence(run)]);
}

function runEvidence({ metadata, status }: AnalysisRun, now: number): Evidence {
  const age = status.startedAt === undefined ? '' : ` for ${humanDuration(now - status.startedAt)}`;
  const isOver = completedPhases.has(status.phase);
  return {
    kind: 'analysis',
    tone: isOver ? 'bad' : 'waiting',
    text: `analysis ${metadata.name}: ${status.phase === '' ? 'Pending' : status.phase}${isOver ? '' : age}${status.message === '' ? '' : `: ${status.message}`}`,
  };
}

function metricEvidence(run: AnalysisRun): readonly Evidence[] {
  return run.status.metricResults.map((result) => ({
    kind: 'metric',
    tone: result.phase === 'Successful' ? 'good' : completedPhases.has(result.phase) ? 'bad' : 'waiting',
    text: describeMetric(run, result),
  }));
}

function experimentEvidence({ rollout, experiments }: ExplainInput): readonly Evidence[] {
  return experiments
    .filter((e) => isOwned(e.metadata, rollout.metadata) && e.status.phase !== 'Successful')
    .map(({ metadata, status }) => ({
      kind: 'experiment',
      tone: completedPhases.has(status.phase) ? 'bad' : 'waiting',
      text: `experiment ${metadata.name}: ${status.phase === '' ? 'Pending' : status.phase}${status.message === '' ? '' : `: ${status.message}`}`,
    }));
}

/** What the controller has not done yet. Standing here for long, it says that no controller is at work. */
function nextEvidence({ plan, rollout }: ExplainInput): readonly Evidence[] {
  const { observedGeneration } = rollout.status;
  const generation = rollout.metadata.generation ?? 0;
  const behind: readonly Evidence[] =
    observedGeneration !== undefined && observedGeneration < generation
      ? [{ kind: 'next', tone: 'waiting', text: 'the controller has not seen the last change of the spec yet' }]
      : [];
  const actions = (plan?.actions ?? []).map(describeAction);
  return [...behind, ...actions.map((text): Evidence => ({ kind: 'next', tone: 'waiting', text: `the controller is about to ${text}` }))];
}

function describeAction(action: RolloutAction): string {
  switch (action.kind) {
    case 'createReplicaSet':
      return `create ReplicaSet ${action.name}`;
    case 'updateReplicaSet': {
      const { replicas } = action.update;
      const { name } = action.replicaSet.metadata;
      return replicas === undefined
        ? `update ReplicaSet ${name}`
        : `scale ReplicaSet ${name} from ${action.replicaSet.replicas} to ${replicas}`;
    }
    case 'deleteReplicaSet':
    case 'adoptReplicaSet':
    case 'releaseReplicaSet':
      return `${action.kind.replace('ReplicaSet', '')} ReplicaSet ${action.replicaSet.metadata.name}`;
    case 'updateRollout':
      return 'update annotations of the Rollout';
    case 'switchService':
      return `point Service ${action.service.metadata.name} at ${action.hash ?? 'no version'}`;
    case 'applyTraffic':
      return `send the canary ${action.split.canary.weight} of ${action.split.maxWeight}`;
    case 'removeTraffic':
      return `take back the routes of ${action.router}`;
    case 'createAnalysisRun':
      return `create AnalysisRun ${action.name}`;
    case 'terminateAnalysisRun':
      return `terminate AnalysisRun ${action.run.metadata.name}`;
    case 'deleteAnalysisRun':
      return `delete AnalysisRun ${action.run.metadata.name}`;
    case 'createExperiment':
      return `create Experiment ${action.name}`;
    case 'terminateExperiment':
      return `terminate Experiment ${action.experiment.metadata.name}`;
    case 'deleteExperiment':
      return `delete Experiment ${action.experiment.metadata.name}`;
    case 'updatePodMetadata':
      return `update labels of pod ${action.pod.metadata.name}`;
    case 'evictPod':
      return `evict pod ${action.pod.metadata.name}`;
    default:
      return assertNever(action, 'rollout action');
  }
}

function warningEvidence({ warnings, now }: ExplainInput): readonly Evidence[] {
  return warnings.slice(0, mostWarnings).map(({ object, reason, message, at, count }) => ({
    kind: 'warning',
    tone: 'bad',
    text: `${object}: ${reason} ${humanDuration(now - at)} ago${count > 1 ? ` (${count} times)` : ''}: ${message}`,
  }));
}
