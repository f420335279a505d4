import type { Rollout } from '../../../api/rollout-types.js';
import { isFullyPromoted } from '../../steer/steer.js';

export interface SuggestedCommand {
  readonly command: string;
  readonly effect: string;
}

/**
 * What a human could do now.
 * @param reason what is awaited, a PlanReason; '' when that is not known
 * @param call   how the plugin is called
 */
export function viewCommands(rollout: Rollout, reason: string, call: string): readonly SuggestedCommand[] {
  const { name } = rollout.metadata;
  const promote = (effect: string): SuggestedCommand => ({ command: `${call} promote ${name}`, effect });
  const full = { command: `${call} promote ${name} --full`, effect: 'skip every step, pause and analysis that is left' };
  const abort = { command: `${call} abort ${name}`, effect: 'go back to the stable version and stay there' };
  if (reason === 'InvalidSpec') return [{ command: `kubectl edit rollout ${name}`, effect: 'mend the fields named above' }];
  if (reason === 'Deleting') return [];
  if (rollout.status.abort) {
    return [
      { command: `${call} retry rollout ${name}`, effect: 'start the steps of the same version again' },
      { command: `${call} undo ${name}`, effect: 'make the revision before the newest the new one' },
      full,
    ];
  }
  if (rollout.spec.paused) return [promote('resume where it stands'), ...(isFullyPromoted(rollout) ? [] : [abort])];
  if (isFullyPromoted(rollout)) return [];
  return [...promotion(reason, promote), abort, full];
}

function promotion(reason: string, promote: (effect: string) => SuggestedCommand): readonly SuggestedCommand[] {
  switch (reason) {
    case 'CanaryPauseStep':
      return [promote('end the pause and go on with the next step')];
    case 'BlueGreenPause':
      return [promote('make the new version the active one')];
    case 'InconclusiveAnalysisRun':
    case 'InconclusiveExperiment':
      return [promote('take the undecided measurement for good and go on')];
    case 'AnalysisRunning':
      return [promote('skip the analysis and go on with the next step')];
    default:
      return [];
  }
}
