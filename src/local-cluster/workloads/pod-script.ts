import type { KubeObject } from '../../api/kube.js';
import { parseDurationMs } from '../../lib/duration.js';
import type { Draft } from '../store/json.js';
import { isRecord, listAt, numberAt, recordAt, recordsAt, textAt } from '../store/json.js';
import { playCommand } from './command.js';

/** How one container lives. Times in ms. */
export interface ContainerScript {
  readonly name: string;
  readonly image: string;
  /** Cannot be pulled: it never starts. */
  readonly isMissing: boolean;
  /** Undefined: it runs until it is stopped. */
  readonly exitAfterMs?: number;
  readonly exitCode: number;
  /** How many times it ends by itself before it stays; undefined: every time. */
  readonly exits?: number;
  /** From running to ready: probe delay and `ready-after`. */
  readonly readyAfterMs: number;
  readonly output: readonly string[];
}

/** How a pod lives. Times in ms. */
export interface PodScript {
  /** From being bound to running; image pull, init containers and postStart included. */
  readonly startMs: number;
  /** false: its containers never pass their readiness probes. */
  readonly isReady: boolean;
  /** Not before any node has room for it. */
  readonly isSchedulable: boolean;
  /** From the wish to delete it until its containers have stopped; preStop included. Never longer than its grace period. */
  readonly stopMs: number;
  readonly activeDeadlineMs?: number;
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  readonly readinessGates: readonly string[];
  readonly containers: readonly ContainerScript[];
}

/** What somebody who writes a scenario may set for a pod, on top of what its spec and annotations say. Times in ms. */
export interface PodScriptChanges {
  readonly startMs?: number;
  readonly readyAfterMs?: number;
  readonly isReady?: boolean;
  readonly isSchedulable?: boolean;
  readonly isImageMissing?: boolean;
  readonly stopMs?: number;
  readonly exitAfterMs?: number;
  readonly exitCode?: number;
  readonly exits?: number;
}

export interface ScriptDefaults {
  /** Default 600. */
  readonly startMs: number;
  /** Default 100. */
  readonly stopMs: number;
}

/**
 * Annotations that script a pod's life. Durations are Go's ("2s", "150ms"). They may be changed while the pod lives.
 *
 * | annotation | effect |
 * |---|---|
 * | local.sluice.io/start-after | from bound to running |
 * | local.sluice.io/ready-after | from running to ready |
 * | local.sluice.io/ready | "false": its readiness probe fails |
 * | local.sluice.io/schedulable | "false": no node takes it |
 * | local.sluice.io/image-missing | "true": ErrImagePull, then ImagePullBackOff |
 * | local.sluice.io/stop-after | from deletion to gone |
 * | local.sluice.io/exit-after, exit-code, exits | its containers end by themselves: when, how, how many times (default: every time) |
 */
const scriptAnnotation = 'local.sluice.io/';

/** Reads a pod's life out of its spec, its annotations and, last, what a scenario says. */
export function scriptOf(pod: KubeObject, defaults: ScriptDefaults, scenario: PodScriptChanges = {}): PodScript {
  const spec = recordAt(pod, 'spec');
  const changes = { ...annotatedChanges(pod), ...scenario };
  const restartPolicy = policyOf(textAt(spec, 'restartPolicy'));
  const containers = recordsAt(spec, 'containers');
  const deadlineSeconds = numberAt(spec, 'activeDeadlineSeconds');
  return {
    startMs: (changes.startMs ?? defaults.startMs) + initMs(spec) + longestHookMs(containers, 'postStart'),
    isReady: changes.isReady ?? true,
    isSchedulable: changes.isSchedulable ?? true,
    stopMs: (changes.stopMs ?? defaults.stopMs) + longestHookMs(containers, 'preStop'),
    ...(deadlineSeconds === undefined ? {} : { activeDeadlineMs: deadlineSeconds * 1000 }),
    restartPolicy,
    readinessGates: recordsAt(spec, 'readinessGates').flatMap((gate) => textAt(gate, 'conditionType') ?? []),
    containers: containers.map((container) => containerScript(container, restartPolicy, changes)),
  };
}

function policyOf(text: string | undefined): PodScript['restartPolicy'] {
  return text === 'OnFailure' || text === 'Never' ? text : 'Always';
}

function annotatedChanges(pod: KubeObject): PodScriptChanges {
  const text = (name: string): string | undefined => pod.metadata.annotations?.[`${scriptAnnotation}${name}`];
  const changes = {
    startMs: durationOf(text('start-after')),
    readyAfterMs: durationOf(text('ready-after')),
    isReady: booleanOf(text('ready')),
    isSchedulable: booleanOf(text('schedulable')),
    isImageMissing: booleanOf(text('image-missing')),
    stopMs: durationOf(text('stop-after')),
    exitAfterMs: durationOf(text('exit-after')),
    exitCode: wholeOf(text('exit-code')),
    exits: wholeOf(text('exits')),
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

function durationOf(text: string | undefined): number | undefined {
  const duration = text === undefined ? undefined : parseDurationMs(text);
  return duration?.ok === true ? duration.value : undefined;
}

function booleanOf(text: string | undefined): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function wholeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function containerScript(container: Draft, policy: PodScript['restartPolicy'], changes: PodScriptChanges): ContainerScript {
  const image = textAt(container, 'image') ?? '';
  const played = playCommand(wordsOf(container), policy === 'Always');
  const exitAfterMs = changes.exitAfterMs ?? played.exitAfterMs;
  return {
    name: textAt(container, 'name') ?? '',
    image,
    isMissing: changes.isImageMissing ?? isMissingImage(image),
    ...(exitAfterMs === undefined ? {} : { exitAfterMs }),
    exitCode: changes.exitCode ?? played.exitCode,
    ...(changes.exits === undefined ? {} : { exits: changes.exits }),
    readyAfterMs: (changes.readyAfterMs ?? 0) + probeMs(container),
    output: played.output,
  };
}

function wordsOf(container: Draft): readonly string[] {
  return [...listAt(container, 'command'), ...listAt(container, 'args')].filter((word) => typeof word === 'string');
}

/** `does-not-exist`, `registry.example/team/does-not-exist-either:1`. */
function isMissingImage(image: string): boolean {
  return image.slice(image.lastIndexOf('/') + 1).startsWith('does-not-exist');
}

function probeMs(container: Draft): number {
  const delay = (name: string): number => numberAt(container, name, 'initialDelaySeconds') ?? 0;
  return (isRecord(container['startupProbe']) ? delay('startupProbe') : 0) * 1000 + delay('readinessProbe') * 1000;
}

/** Hooks of several containers run side by side. */
function longestHookMs(containers: readonly Draft[], hook: 'postStart' | 'preStop'): number {
  return Math.max(0, ...containers.map((container) => hookMs(recordAt(container, 'lifecycle', hook))));
}

function hookMs(handler: Draft): number {
  const seconds = numberAt(handler, 'sleep', 'seconds');
  if (seconds !== undefined) return seconds * 1000;
  const words = listAt(handler, 'exec', 'command').filter((word) => typeof word === 'string');
  return words.length === 0 ? 0 : (playCommand(words, false).exitAfterMs ?? 0);
}

/** Init containers run one after another; one that fails is tried for ever, so the pod never starts. */
function initMs(spec: Draft): number {
  return recordsAt(spec, 'initContainers')
    .map((container) => playCommand(wordsOf(container), false))
    .reduce((sum, { exitAfterMs, exitCode }) => (exitCode === 0 ? sum + (exitAfterMs ?? Infinity) : Infinity), 0);
}
