import type { JsonObject } from '../../api/kube.js';
import type { Sample } from '../../core/analysis/sample.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { renderWholeSeconds } from '../../lib/time.js';
import { answerError, listAt, numberAt, objectAt, recordIn, recordsIn, settingsError, textAt, textIn } from '../section.js';

export interface Window {
  readonly start: EpochMs;
  readonly end: EpochMs;
}

/** Whom to ask for the configuration. Differs: by its configuration account, not the storage account, and escaped. */
export function configUrl(section: JsonObject): string {
  const params = new URLSearchParams({
    application: textAt(section, 'application'),
    configurationAccountName: textAt(section, 'configurationAccountName'),
  });
  return `${baseOf(section)}/canaryConfig?${params.toString()}`;
}

export function canaryUrl(section: JsonObject, configId: string): string {
  const names = ['application', 'metricsAccountName', 'configurationAccountName', 'storageAccountName'];
  const params = new URLSearchParams(names.map((name): [string, string] => [name, textAt(section, name)]));
  return `${baseOf(section)}/canary/${encodeURIComponent(configId)}?${params.toString()}`;
}

export function executionUrl(section: JsonObject, executionId: string): string {
  return `${baseOf(section)}/canary/${encodeURIComponent(executionId)}`;
}

function baseOf(section: JsonObject): string {
  return textAt(section, 'address').replace(/\/+$/, '');
}

/** Id of the configuration a metric names. */
export function findConfig(answer: unknown, section: JsonObject): string {
  const name = textAt(section, 'canaryConfigName');
  const id = textIn(recordsIn(answer).find((config) => config['name'] === name)?.['id']);
  if (id === '') throw answerError('Canary config not found');
  return id;
}

/** @throws ControllerError `invalid-spec` when only one of a pair of scopes has a start or an end */
export function renderCanary(section: JsonObject, window: Window): string {
  const scopes = listAt(section, 'scopes').map((scope) => {
    const [control, experiment] = [objectAt(scope, 'controlScope'), objectAt(scope, 'experimentScope')];
    refuseHalf(control, experiment, 'start');
    refuseHalf(control, experiment, 'end');
    return [
      textAt(scope, 'name'),
      { controlScope: renderScope(control, window), experimentScope: renderScope(experiment, window) },
    ] as const;
  });
  const threshold = objectAt(section, 'threshold');
  const thresholds = { pass: numberAt(threshold, 'pass') ?? 0, marginal: numberAt(threshold, 'marginal') ?? 0 };
  return JSON.stringify({ scopes: Object.fromEntries(scopes), thresholds });
}

function refuseHalf(control: JsonObject, experiment: JsonObject, key: 'start' | 'end'): void {
  if ((textAt(control, key) === '') !== (textAt(experiment, key) === '')) {
    throw settingsError(`${key} must be set in both controlScope and experimentScope, or in neither`);
  }
}

function renderScope(scope: JsonObject, window: Window): JsonObject {
  return {
    scope: textAt(scope, 'scope'),
    location: textAt(scope, 'region'),
    step: numberAt(scope, 'step') ?? 0,
    start: textAt(scope, 'start') || renderWholeSeconds(window.start),
    end: textAt(scope, 'end') || renderWholeSeconds(window.end),
  };
}

/** Differs: no id is an error (upstream goes on to ask for `<nil>`). */
export function parseExecutionId(answer: unknown): string {
  const id = textIn(recordIn(answer)['canaryExecutionId']);
  if (id === '') throw answerError('Invalid Response: no canaryExecutionId');
  return id;
}

/** The verdict on a finished execution; undefined while it is not complete. */
export function parseVerdict(answer: unknown, section: JsonObject): Sample | undefined {
  const { complete, result } = recordIn(answer);
  if (typeof complete !== 'boolean') throw answerError('Missing Complete Status');
  if (!complete) return undefined;
  if (result === undefined) throw answerError('Invalid Response');
  const { score: raw } = recordIn(recordIn(recordIn(result)['judgeResult'])['score']);
  if (typeof raw !== 'number') throw answerError('Missing Score');
  const score = Math.trunc(raw);
  const threshold = objectAt(section, 'threshold');
  const phase =
    score >= (numberAt(threshold, 'pass') ?? 0)
      ? 'Successful'
      : score >= (numberAt(threshold, 'marginal') ?? 0)
        ? 'Inconclusive'
        : 'Failed';
  return { kind: 'verdict', phase, text: String(score) };
}
