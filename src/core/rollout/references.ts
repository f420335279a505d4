import { keys } from '../../api/kube.js';
import type { Service, FieldError } from '../../api/workload-types.js';
import { fieldOf, isPlainObject } from '../../lib/json.js';
import { postSlot, preSlot } from './blue-green/slots.js';
import { backgroundSlot, stepSlot } from './canary/slots.js';
import type { RolloutContext } from './context.js';
import { templateOf } from './identity.js';
import { buildRun, type RunSlot } from './runs.js';

/**
 * What is wrong with the things a strategy names: Services, objects of traffic routers and analysis templates.
 *
 * Semantics: rollout-core 8, references
 */
export function referenceErrors(context: RolloutContext): readonly FieldError[] {
  return [
    ...serviceErrors(context),
    ...(context.seen.traffic?.errors ?? []),
    ...slotsOf(context).flatMap((slot) => analysisErrors(context, slot)),
  ];
}

/** Services the strategy names, with the path where it does. */
function namedServices({ spec }: RolloutContext): readonly { readonly name: string; readonly path: string }[] {
  const { strategy } = spec;
  const named: readonly (readonly [string, string | undefined])[] =
    strategy.kind === 'blueGreen'
      ? [
          ['spec.strategy.blueGreen.activeService', strategy.activeService],
          ['spec.strategy.blueGreen.previewService', strategy.previewService],
        ]
      : [
          ['spec.strategy.canary.stableService', strategy.stableService],
          ['spec.strategy.canary.canaryService', strategy.canaryService],
          ['spec.strategy.canary.pingPong.pingService', strategy.pingPong?.pingService],
          ['spec.strategy.canary.pingPong.pongService', strategy.pingPong?.pongService],
        ];
  return named.flatMap(([path, name]) => (name === undefined || name === '' ? [] : [{ name, path }]));
}

function serviceErrors(context: RolloutContext): readonly FieldError[] {
  return namedServices(context).flatMap(({ name, path }) => {
    const service = context.seen.services.get(name);
    const detail = service === undefined ? `service "${name}" not found` : serviceProblem(context, service);
    return detail === undefined ? [] : [{ path, kind: 'invalid' as const, value: JSON.stringify(name), detail }];
  });
}

function serviceProblem(context: RolloutContext, service: Service): string | undefined {
  const { name, annotations } = service.metadata;
  const labels = fieldOf(fieldOf(templateOf(context.seen), 'metadata'), 'labels');
  const podLabels = isPlainObject(labels) ? labels : {};
  const unmatched = Object.entries(service.selector).find(([key, value]) => key !== keys.podTemplateHash && podLabels[key] !== value);
  if (unmatched !== undefined) return `Service "${name}" has unmatch label "${unmatched[0]}" in rollout`;
  const manager = annotations?.[keys.managedBy];
  if (manager !== undefined && manager !== context.rollout.metadata.name) return `Service "${name}" is managed by another Rollout`;
  return undefined;
}

/** Every analysis of the strategy. */
function slotsOf({ spec }: RolloutContext): readonly RunSlot[] {
  const { strategy } = spec;
  if (strategy.kind === 'canary') {
    const slots = [...strategy.steps.map((_step, index) => stepSlot(strategy, index)), backgroundSlot(strategy)];
    return slots.filter((slot) => slot !== undefined);
  }
  return [preSlot(strategy), postSlot(strategy)].filter((slot) => slot !== undefined);
}

/*
 * Merging templates costs more than all the rest of a pass and depends on objects that never change: remembered by identity, for as long
 * as the Rollout's JSON lives.
 */
const judged = new WeakMap<
  object,
  { readonly templates: ReadonlySet<unknown>; readonly path: string; readonly errors: readonly FieldError[] }[]
>();

function analysisErrors(context: RolloutContext, slot: RunSlot): readonly FieldError[] {
  const templates = new Set<unknown>(context.seen.templates.values());
  const known = judged.get(context.rollout.raw) ?? [];
  const remembered = known.find((each) => each.path === slot.path && isSameSet(each.templates, templates));
  if (remembered !== undefined) return remembered.errors;
  const built = buildRun(context, slot, 'run');
  const errors = 'errors' in built ? built.errors : [];
  judged.set(context.rollout.raw, [...known.filter(({ path }) => path !== slot.path), { templates, path: slot.path, errors }]);
  return errors;
}

function isSameSet(left: ReadonlySet<unknown>, right: ReadonlySet<unknown>): boolean {
  if (left.size !== right.size) return false;
  for (const each of left) if (!right.has(each)) return false;
  return true;
}
