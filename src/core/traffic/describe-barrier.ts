import { assertNever } from '../../lib/errors.js';
import type { BarrierReason } from './barrier.js';

/**
 * What is awaited, as users read it. `explain` adds since when and until when.
 * @param about the router, Service or ReplicaSet in question
 */
export function describeBarrier(reason: BarrierReason, about: string): string {
  switch (reason) {
    case 'Clear':
      return `nothing to wait for at ${about}`;
    case 'CanaryNotAvailable':
      return `${about} waits until the canary has enough available pods for more traffic`;
    case 'CanaryNotPublished':
      return `${about} waits until the endpoints of the canary's pods are published`;
    case 'StableNotAvailable':
      return `${about} moves back only what the available stable pods can serve`;
    case 'RouteNotWritten':
      return `the objects of ${about} do not say yet what was asked for`;
    case 'RouteNotConfirmed':
      return `${about} has not confirmed the routes yet`;
    case 'Draining':
      return `requests under way by way of ${about} get time to end`;
    case 'StillRouted':
      return `${about} still sends more traffic than fewer pods could serve`;
    case 'TargetNotAvailable':
      return `${about} waits for an available pod to point at`;
    case 'TargetIncomplete':
      return `${about} waits until all pods it is to point at are available`;
    case 'TargetTooSmall':
      return `${about} waits until there are enough available pods for the traffic it carries`;
    default:
      return assertNever(reason, 'barrier reason');
  }
}
