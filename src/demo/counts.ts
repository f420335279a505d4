import type { EpochMs, Scheduler } from '../lib/scheduler.js';

/** Labels of one series; order does not matter. */
export type Labels = Readonly<Record<string, string>>;

interface Point {
  readonly at: EpochMs;
  readonly total: number;
}

export interface Series {
  readonly labels: Labels;
  readonly points: readonly Point[];
}

/** Counters with their recent past: what a Prometheus that scrapes once a second would know. */
export interface Counts {
  add(labels: Labels): void;
  /** Keeps today's totals as a point in the past; call once a second. */
  sample(): void;
  readonly series: readonly Series[];
  /** Totals of all series that have these labels. */
  total(labels: Labels): number;
  /** Prometheus' text format. */
  render(metric: string): string;
}

/** Points older than this are forgotten. */
const keptMs = 120_000;

export function counts(scheduler: Scheduler): Counts {
  const known = new Map<string, { readonly labels: Labels; total: number; points: Point[] }>();
  return {
    add: (labels) => {
      const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
      const series = known.get(key) ?? { labels, total: 0, points: [{ at: scheduler.now(), total: 0 }] };
      series.total += 1;
      known.set(key, series);
    },
    sample: () => {
      const at = scheduler.now();
      for (const series of known.values())
        series.points = [...series.points.filter((p) => at - p.at <= keptMs), { at, total: series.total }];
    },
    get series() {
      return [...known.values()];
    },
    total: (labels) => [...known.values()].filter((s) => hasAll(s.labels, labels)).reduce((sum, s) => sum + s.total, 0),
    render: (metric) =>
      `# TYPE ${metric} counter\n${[...known.values()].map((s) => `${metric}{${renderLabels(s.labels)}} ${s.total}\n`).join('')}`,
  };
}

function hasAll(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function renderLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}="${value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`)
    .join(',');
}
