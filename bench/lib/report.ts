import { cpus, loadavg, totalmem } from 'node:os';

/** One number that was measured. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** As printed: `plans/s`, `MiB`, `ms`; '' for a ratio. */
  readonly unit: string;
  /** Absent: the figure is only told. */
  readonly goal?: { readonly above: number } | { readonly below: number } | { readonly exactly: number };
}

interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly node: string;
  readonly platform: string;
  /** Processes that wanted a core in the last minute, this one included: above `cores`, figures are worse than the machine. */
  readonly load: number;
}

function machine(): Machine {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

export function isReached({ value, goal }: Figure): boolean {
  if (Number.isNaN(value)) return false;
  if (goal === undefined) return true;
  if ('above' in goal) return value > goal.above;
  return 'below' in goal ? value < goal.below : value === goal.exactly;
}

export function renderFigure(figure: Figure): string {
  const { name, value, unit, goal } = figure;
  const verdict = goal === undefined ? '      ' : isReached(figure) ? 'ok    ' : 'MISSED';
  const wanted = goal === undefined ? '' : ` (goal ${renderGoal(goal)})`;
  return `${verdict} ${name}: ${renderNumber(value)}${unit === '' ? '' : ` ${unit}`}${wanted}`;
}

function renderGoal(goal: NonNullable<Figure['goal']>): string {
  if ('above' in goal) return `> ${renderNumber(goal.above)}`;
  return 'below' in goal ? `< ${renderNumber(goal.below)}` : renderNumber(goal.exactly);
}

/** Three digits that mean something, thousands apart. */
function renderNumber(value: number): string {
  if (Number.isInteger(value) || value >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/**
 * Prints what was measured and on which machine, as lines or, with `--json`, as one JSON object. The exit code is 1 when a goal is missed.
 *
 * @param title what the figures are about, in a few words
 */
export function report(title: string, figures: readonly Figure[]): void {
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify({ title, machine: machine(), figures: figures.map((each) => ({ ...each, reached: isReached(each) })) }));
  } else {
    const { cores, cpu, memoryGiB, node, platform, load } = machine();
    console.log(`${title} [${cores} x ${cpu}, ${memoryGiB} GiB, ${platform}, node ${node}, load ${load}]`);
    for (const figure of figures) console.log(`  ${renderFigure(figure)}`);
  }
  if (!figures.every(isReached)) process.exitCode = 1;
}
