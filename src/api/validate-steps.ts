import { duplicate, invalid, required } from './field-error.js';
import type { Findings } from './findings.js';
import { fieldOf, objectsOf } from '../lib/json.js';
import type { JsonObject } from './kube.js';
import type { CanaryStep, CanaryStrategy, StepKind } from './rollout-types.js';
import { routesBy } from './routes-by.js';

const strategyPath = 'spec.strategy';
const oneOf = 'Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause';

export function validateSteps(strategy: CanaryStrategy, findings: Findings): void {
  strategy.steps.forEach((step, index) => {
    const raw = strategy.rawSteps?.[index] ?? {};
    validateStep(strategy, step, raw, `${strategyPath}.steps[${index}]`, findings);
  });
  findings.claim(`${strategyPath}.steps`);
}

function validateStep(strategy: CanaryStrategy, step: CanaryStep, raw: JsonObject, path: string, findings: Findings): void {
  validateKeys(raw, path, findings);
  findings.claim(`${path}.setWeight`);
  findings.claim(`${path}.pause`);
  for (const kind of [step, ...(step.also ?? [])]) validateKind(strategy, kind, raw, path, findings);
}

/** Upstream prints "is it missing?" where a key is missing altogether, and "is it there?" where there are too many. */
function validateKeys(raw: JsonObject, path: string, findings: Findings): void {
  const has = (key: string): boolean => raw[key] !== undefined && raw[key] !== null;
  const exclusive = ['experiment', 'pause', 'setWeight', 'analysis'];
  const all = [...exclusive, 'setCanaryScale', 'setHeaderRoute', 'setMirrorRoute', 'plugin'];
  const print = (keys: readonly string[], value: (key: string) => boolean): string =>
    keys.map((key) => `step.${key.charAt(0).toUpperCase()}${key.slice(1)}: ${value(key)}`).join(' ');
  if (exclusive.filter(has).length > 1) findings.add(invalid(path, print(exclusive, has), oneOf));
  if (!all.some(has))
    findings.add(
      invalid(
        path,
        print(all, (key) => !has(key)),
        oneOf,
      ),
    );
}

function validateKind(strategy: CanaryStrategy, kind: StepKind, raw: JsonObject, path: string, findings: Findings): void {
  switch (kind.kind) {
    case 'setCanaryScale':
      validateScale(strategy, findings);
      break;
    case 'setHeaderRoute':
      validateHeaderRoute(strategy, kind, raw['setHeaderRoute'], path, findings);
      break;
    case 'setMirrorRoute':
      validateMirrorRoute(strategy, kind, raw['setMirrorRoute'], path, findings);
      break;
    case 'analysis':
      validateArguments(kind.args, path, findings);
      break;
    case 'experiment':
      validateExperiment(strategy, kind, path, findings);
      break;
    case 'setWeight':
    case 'pause':
    case 'plugin':
      break;
  }
}

function validateScale(strategy: CanaryStrategy, findings: Findings): void {
  if (strategy.trafficRouting !== undefined) return;
  findings.add(required(`${strategyPath}.trafficRouting`, 'SetCanaryScale requires TrafficRouting to be set'));
}

type Step<K extends StepKind['kind']> = Extract<StepKind, { readonly kind: K }>;

function validateHeaderRoute(strategy: CanaryStrategy, step: Step<'setHeaderRoute'>, raw: unknown, path: string, findings: Findings): void {
  const at = `${path}.setHeaderRoute`;
  if (!routesBy(strategy, 'istio', 'alb', 'apisix', 'plugins')) {
    findings.add(invalid(at, headerRouteValue(raw), 'SetHeaderRoute requires TrafficRouting, supports Istio and ALB and Apisix'));
    return;
  }
  objectsOf(fieldOf(raw, 'match')).forEach((match, index) => {
    const error = headerValueError(strategy, fieldOf(match, 'headerValue'));
    if (error !== undefined) findings.add(invalid(`${at}.match[${index}]`, headerMatchValue(match), error));
  });
  validateManagedRoute(strategy, step.name, at, headerRouteValue(raw), findings);
}

function headerValueError(strategy: CanaryStrategy, value: unknown): string | undefined {
  if (value === undefined || value === null)
    return 'StringMatch value missed, match value must have one of the following: exact, regex, prefix';
  if (matchersOf(value).length !== 1) return onlyOneMatcher;
  const isExact = matchersOf(value)[0] === 'exact';
  return routesBy(strategy, 'alb') && !isExact ? "SetHeaderRoute match value invalid. ALB supports 'exact' value only" : undefined;
}

const onlyOneMatcher = 'StringMatch match value must have exactly one of the following: exact, regex, prefix';

function matchersOf(value: unknown): readonly string[] {
  return ['exact', 'regex', 'prefix'].filter((key) => typeof fieldOf(value, key) === 'string' && fieldOf(value, key) !== '');
}

function validateMirrorRoute(strategy: CanaryStrategy, step: Step<'setMirrorRoute'>, raw: unknown, path: string, findings: Findings): void {
  const at = `${path}.setMirrorRoute`;
  if (!routesBy(strategy, 'istio', 'plugins')) {
    findings.add(invalid(at, raw, 'SetMirrorRoute requires TrafficRouting, supports Istio only'));
    return;
  }
  findings.claim(at);
  objectsOf(fieldOf(raw, 'match')).forEach((match, index) => {
    const matchers = [fieldOf(match, 'method'), fieldOf(match, 'path')].filter((matcher) => matcher !== undefined && matcher !== null);
    if (matchers.some((matcher) => matchersOf(matcher).length !== 1)) findings.add(invalid(`${at}.match[${index}]`, match, onlyOneMatcher));
  });
  validateManagedRoute(strategy, step.name, at, raw, findings);
}

function validateManagedRoute(strategy: CanaryStrategy, name: string, at: string, value: unknown, findings: Findings): void {
  const managed = strategy.trafficRouting?.managedRoutes ?? [];
  if (managed.length === 0) {
    const detail = "Rollout has missing field 'spec.strategy.canary.trafficRouting.managedRoutes'";
    findings.add(required(`${strategyPath}.trafficRouting.managedRoutes`, detail));
  } else if (!managed.includes(name)) {
    findings.add(invalid(at, value, `the route "${name}" must be listed in spec.strategy.canary.trafficRouting.managedRoutes`));
  }
}

/** In the order of Go's fields, as upstream prints it; an API server sorts them. */
function headerRouteValue(raw: unknown): unknown {
  const match = fieldOf(raw, 'match');
  return withFields(raw, { match: Array.isArray(match) ? match.map(headerMatchValue) : match }, ['name', 'match']);
}

function headerMatchValue(match: unknown): unknown {
  const value = fieldOf(match, 'headerValue');
  return withFields(match, { headerValue: withFields(value, {}, ['exact', 'regex', 'prefix']) }, ['headerName', 'headerValue']);
}

function withFields(raw: unknown, replaced: JsonLike, keys: readonly string[]): unknown {
  const value = (key: string): unknown => (Object.hasOwn(replaced, key) ? replaced[key] : fieldOf(raw, key));
  return raw === undefined ? undefined : Object.fromEntries(keys.filter((key) => value(key) !== undefined).map((key) => [key, value(key)]));
}

type JsonLike = Readonly<Record<string, unknown>>;

const metadataPath = /^metadata\.(name|namespace|uid|labels|annotations|labels\['[^']+'\]|annotations\['[^']+'\])$/;

/** Paths outside metadata are looked up in the Rollout when the run is made. */
function validateArguments(args: Step<'analysis'>['args'], path: string, findings: Findings): void {
  for (const { fieldPath } of args) {
    if (fieldPath === undefined || !fieldPath.startsWith('metadata') || metadataPath.test(fieldPath)) continue;
    const detail = 'Analysis arguments must refer to valid object metadata supported by downwardAPI';
    findings.add(invalid(`${path}.analyses`, fieldPath, detail));
  }
}

function validateExperiment(strategy: CanaryStrategy, step: Step<'experiment'>, path: string, findings: Findings): void {
  const names = new Set<string>();
  step.templates.forEach(({ name, weight }, index) => {
    const at = `${path}.experiment.templates[${index}]`;
    if (weight !== undefined) validateExperimentWeight(strategy, weight, `${at}.weight`, findings);
    // The Experiment itself would be refused, and the Rollout would wait for it without an end.
    if (name !== '' && names.has(name)) findings.add(duplicate(`${at}.name`, name));
    names.add(name);
  });
  for (const analysis of step.analyses) validateArguments(analysis.args, path, findings);
}

function validateExperimentWeight(strategy: CanaryStrategy, weight: number, at: string, findings: Findings): void {
  if (strategy.trafficRouting === undefined) {
    findings.add(invalid(at, weight, 'Experiment template weight cannot be set unless TrafficRouting is enabled'));
  } else if (!routesBy(strategy, 'alb', 'smi', 'istio', 'plugins')) {
    const detail = 'Experiment template weight is only available for TrafficRouting with SMI, ALB, and Istio at this time';
    findings.add(invalid(at, weight, detail));
  }
}
