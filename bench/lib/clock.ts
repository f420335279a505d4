/** Milliseconds of CPU this process has used, all threads: on a machine that does other work as well, the only time that means something. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const warmUpMs = 1_000;
const slices = 8;
const sliceMs = 300;

/**
 * How often a second of CPU time can do `work`: the best of eight slices, as what disturbs a measurement only ever makes it slower.
 *
 * @param work gets the number of the repetition
 */
export function perSecond(work: (n: number) => void): number {
  let n = 0;
  const slice = (limitMs: number): number => {
    const [first, startedAt] = [n, cpuMs()];
    let used = 0;
    while (used < limitMs) {
      for (const end = n + 50; n < end; n++) work(n);
      used = cpuMs() - startedAt;
    }
    return ((n - first) / used) * 1_000;
  };
  slice(warmUpMs);
  return Math.max(...Array.from({ length: slices }, () => slice(sliceMs)));
}

/** The value that a share of all is not above: `quantile(times, 0.5)` is the median. NaN without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
