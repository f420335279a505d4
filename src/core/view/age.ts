const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * A span of time as kubectl prints ages: at most two units, fewer the longer it is.
 * @param spanMs milliseconds; below -1 s is `<invalid>`
 * @returns e.g. `45s`, `3m20s`, `2h5m`, `6d4h`, `3y12d`
 * Semantics: Kubernetes' duration.HumanDuration.
 */
export function humanDuration(spanMs: number): string {
  if (spanMs < -secondMs) return '<invalid>';
  if (spanMs < 0) return '0s';
  const count = (unitMs: number): number => Math.floor(spanMs / unitMs);
  if (spanMs < 2 * minuteMs) return `${count(secondMs)}s`;
  if (spanMs < 10 * minuteMs) return twoUnits(count(minuteMs), 'm', count(secondMs) % 60, 's');
  if (spanMs < 3 * hourMs) return `${count(minuteMs)}m`;
  if (spanMs < 8 * hourMs) return twoUnits(count(hourMs), 'h', count(minuteMs) % 60, 'm');
  if (spanMs < 2 * dayMs) return `${count(hourMs)}h`;
  if (spanMs < 8 * dayMs) return twoUnits(count(dayMs), 'd', count(hourMs) % 24, 'h');
  if (spanMs < 2 * 365 * dayMs) return `${count(dayMs)}d`;
  const years = Math.floor(spanMs / (365 * dayMs));
  return spanMs < 8 * 365 * dayMs ? twoUnits(years, 'y', count(dayMs) % 365, 'd') : `${years}y`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
