/**
 * Pods out of a number or a percentage such as `25%`.
 * @param round which way a share that is no whole number goes
 * @returns 0 for what is neither
 */
export function podsOf(value: unknown, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  if (percent === undefined) return 0;
  const share = (Number(percent) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
