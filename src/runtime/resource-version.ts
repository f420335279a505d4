/**
 * Compares two resourceVersions of one kind: below 0, 0 or above 0 as `left` is older, the same or newer; undefined where they are not both
 * decimal numbers, as an aggregated API server is free to have it.
 *
 * Semantics: Kubernetes 1.35 (KEP-5504): decimal numbers of any length, one history per kind.
 */
export function compareVersions(left: string, right: string): number | undefined {
  if (!decimal.test(left) || !decimal.test(right)) return left === right ? 0 : undefined;
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

const decimal = /^(0|[1-9]\d*)$/;

/** Whether `arriving` is the same version as `held` or a newer one; what cannot be compared is taken as newer, as it arrived later. */
export function isSameOrNewer(arriving: string, held: string): boolean {
  return (compareVersions(arriving, held) ?? 1) >= 0;
}

/** Whether history told up to `told` is known to include `version`. */
export function isTold(told: string | undefined, version: string): boolean {
  return told !== undefined && (compareVersions(told, version) ?? -1) >= 0;
}
