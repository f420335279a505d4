import { invalid, required } from './field-error.js';
import type { Findings } from './findings.js';
import { isPlainObject, fieldOf } from '../lib/json.js';
import type { BlueGreenStrategy, CanaryStrategy, IntOrPercent, Rollout } from './rollout-types.js';
import { routesBy } from './routes-by.js';
import { validateSteps } from './validate-steps.js';

const path = 'spec.strategy';

/** Upstream's paths leave out the strategy's name, and so do ours. */
export function validateStrategy(rollout: Rollout, findings: Findings): void {
  const raw = fieldOf(rollout.raw.spec, 'strategy');
  if (raw !== undefined && raw !== null && !isPlainObject(raw)) {
    findings.claim(path);
    return;
  }
  const hasBlueGreen = isSet(raw, 'blueGreen');
  const hasCanary = isSet(raw, 'canary');
  if (!hasBlueGreen && !hasCanary) {
    const detail = "Rollout has missing field '.spec.strategy.canary or .spec.strategy.blueGreen'";
    findings.add(required(`${path}.strategy`, detail));
  } else if (hasBlueGreen && hasCanary) {
    findings.add(invalid(`${path}.strategy`, 'blueGreen: true canary: true', 'Multiple Strategies can not be listed'));
  } else if (rollout.spec.strategy.kind === 'blueGreen') {
    validateBlueGreen(rollout, rollout.spec.strategy, fieldOf(raw, 'blueGreen'), findings);
  } else {
    validateCanary(rollout.spec.strategy, fieldOf(raw, 'canary'), findings);
  }
}

function isSet(value: unknown, key: string): boolean {
  const field = fieldOf(value, key);
  return field !== undefined && field !== null;
}

function validateBlueGreen(rollout: Rollout, strategy: BlueGreenStrategy, raw: unknown, findings: Findings): void {
  const { activeService, previewService = '', scaleDownDelayRevisionLimit } = strategy;
  const same = 'This rollout uses the same service for the active and preview services, but two different services are required.';
  findings.check(`${path}.activeService`, activeService === previewService, () => invalid(`${path}.activeService`, activeService, same));
  findings.check(`${path}.activeService`, activeService === '' && previewService !== '', () => required(`${path}.activeService`));
  const limitPath = `${path}.scaleDownDelayRevisionLimit`;
  const tooMany = scaleDownDelayRevisionLimit !== undefined && scaleDownDelayRevisionLimit > rollout.spec.revisionHistoryLimit;
  const detail = "This rollout's revision history limit can not be smaller than the rollout's scale down limit";
  findings.check(limitPath, tooMany, () => invalid(limitPath, scaleDownDelayRevisionLimit, detail));
  validateAntiAffinity(raw, findings);
}

function validateAntiAffinity(strategy: unknown, findings: Findings): void {
  const antiAffinity = fieldOf(strategy, 'antiAffinity');
  if (findings.claim(`${path}.antiAffinity`) || antiAffinity === undefined || antiAffinity === null) return;
  const preferred = isSet(antiAffinity, 'preferredDuringSchedulingIgnoredDuringExecution');
  const isRequired = isSet(antiAffinity, 'requiredDuringSchedulingIgnoredDuringExecution');
  if (preferred !== isRequired) return;
  const value = `antiAffinity.PreferredDuringSchedulingIgnoredDuringExecution: ${preferred} antiAffinity.RequiredDuringSchedulingIgnoredDuringExecution: ${isRequired}`;
  findings.add(invalid(`${path}.antiAffinity`, value, 'AntiAffinity must have exactly one strategy listed'));
}

function validateCanary(strategy: CanaryStrategy, raw: unknown, findings: Findings): void {
  validateSurge(strategy, raw, findings);
  validateServices(strategy, findings);
  validatePingPong(strategy, findings);
  validateServicesForRouting(strategy, findings);
  validateDelays(strategy, findings);
  validateMaxWeight(strategy, raw, findings);
  validateSteps(strategy, findings);
  validateAntiAffinity(raw, findings);
}

function amount(value: IntOrPercent): number {
  return value.kind === 'pods' ? value.pods : value.percent;
}

function validateSurge(strategy: CanaryStrategy, raw: unknown, findings: Findings): void {
  findings.claim(`${path}.maxUnavailable`);
  const isStuck = amount(strategy.maxSurge) === 0 && amount(strategy.maxUnavailable) === 0;
  const detail = 'MaxSurge and MaxUnavailable both can not be zero';
  findings.check(`${path}.maxSurge`, isStuck, () => invalid(`${path}.maxSurge`, fieldOf(raw, 'maxSurge'), detail));
}

function validateServices({ canaryService, stableService }: CanaryStrategy, findings: Findings): void {
  const isSame = stableService !== undefined && stableService === canaryService;
  const detail = 'This rollout uses the same service for the stable and canary services, but two different services are required.';
  findings.claim(`${path}.canaryService`);
  findings.check(`${path}.stableService`, isSame, () => invalid(`${path}.stableService`, stableService, detail));
}

function validatePingPong(strategy: CanaryStrategy, findings: Findings): void {
  const { pingPong, trafficRouting } = strategy;
  if (findings.claim(`${path}.pingPong`) || pingPong === undefined) return;
  const { pingService, pongService } = pingPong;
  const both = 'Ping service and Pong service must to be set to use Ping-Pong feature';
  if (trafficRouting !== undefined && !routesBy(strategy, 'alb', 'istio', 'plugins')) {
    findings.add(invalid(`${path}.trafficRouting.alb`, null, 'Ping-pong feature works with the ALB and Istio traffic routers only'));
  }
  if (pingService === '') findings.add(invalid(`${path}.pingPong.pingService`, pingService, both));
  if (pongService === '') findings.add(invalid(`${path}.pingPong.pongService`, pongService, both));
  if (pingService === pongService) {
    const detail = 'This rollout uses the same service for the ping and pong services, but two different services are required.';
    findings.add(invalid(`${path}.pingPong.pingService`, pingService, detail));
  }
  if (routesBy(strategy, 'alb') && isBlank(trafficRouting?.routers['alb']?.['rootService'])) {
    const detail = 'Root service field is required for the configuration with ALB and ping-pong feature enabled';
    findings.add(invalid(`${path}.trafficRouting.alb.rootService`, '', detail));
  }
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function validateServicesForRouting(strategy: CanaryStrategy, findings: Findings): void {
  const { pingPong, stableService = '', canaryService = '' } = strategy;
  const viaSubsets = !isBlank(strategy.trafficRouting?.routers['istio']?.['destinationRule']);
  const needsServices =
    routesBy(strategy, 'smi', 'apisix', 'ambassador', 'nginx', 'appMesh', 'traefik') ||
    (pingPong === undefined && routesBy(strategy, 'alb')) ||
    (pingPong === undefined && !viaSubsets && routesBy(strategy, 'istio'));
  const isBroken = needsServices && (stableService === '' || canaryService === '');
  const detail = 'Canary service and Stable service must to be set to use Traffic Routing';
  findings.check(`${path}.stableService`, isBroken, () => invalid(`${path}.stableService`, stableService, detail));
}

function validateDelays(strategy: CanaryStrategy, findings: Findings): void {
  const { scaleDownDelaySeconds, dynamicStableScale } = strategy;
  const hasRouting = strategy.trafficRouting !== undefined;
  const delayPath = `${path}.scaleDownDelaySeconds`;
  const dynamicPath = `${path}.dynamicStableScale`;
  findings.check(delayPath, scaleDownDelaySeconds !== undefined && !hasRouting, () =>
    invalid(delayPath, scaleDownDelaySeconds, 'Canary scaleDownDelaySeconds can only be used with traffic routing'),
  );
  findings.check(dynamicPath, dynamicStableScale && !hasRouting, () =>
    invalid(dynamicPath, true, 'Canary dynamicStableScale can only be used with traffic routing'),
  );
  findings.check(dynamicPath, dynamicStableScale && scaleDownDelaySeconds !== undefined, () =>
    invalid(dynamicPath, true, 'Canary dynamicStableScale cannot be used with scaleDownDelaySeconds'),
  );
}

function validateMaxWeight(strategy: CanaryStrategy, raw: unknown, findings: Findings): void {
  const maxPath = `${path}.trafficRouting.maxTrafficWeight`;
  const isGiven = isSet(fieldOf(raw, 'trafficRouting'), 'maxTrafficWeight');
  const detail = 'Canary maxTrafficWeight in traffic routing only supported in Nginx and Plugins';
  findings.check(maxPath, isGiven && !routesBy(strategy, 'nginx', 'plugins'), () =>
    invalid(maxPath, strategy.trafficRouting?.maxTrafficWeight, detail),
  );
}
