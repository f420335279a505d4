import { spanText } from './span.js';
import type { Sample, Simulation } from '../../sim/simulate/index.js';
import type { Palette } from './colour.js';
import { renderTable } from './table.js';
import { wrap } from './wrap.js';

export interface SimulationStyle {
  readonly colours: Palette;
  /** Columns. */
  readonly width: number;
}

/** What `simulate` prints: the way of the update, its picture, and what came of it. */
export function renderSimulation(simulation: Simulation, style: SimulationStyle): string {
  const { rollout, strategy, replicas, steps } = simulation;
  const kind = strategy === 'Canary' ? `a canary of ${steps.length} steps` : 'blue-green';
  const head = `Simulated update of ${rollout}: ${kind}, ${replicas} replicas`;
  const parts = [
    head,
    ...(simulation.samples.length === 0 ? [] : [table(simulation), chart(simulation, style)]),
    verdict(simulation, style),
  ];
  return `${parts.join('\n\n')}\n`;
}

function table(simulation: Simulation): string {
  const isCanary = simulation.strategy === 'Canary';
  const header = ['TIME', ...(isCanary ? ['STEP'] : []), 'PHASE', ...(isCanary ? ['WEIGHT'] : []), 'OLD', 'NEW', 'ANALYSES'];
  const rows = turningPoints(simulation.samples).map((sample) => [
    spanText(sample.atMs),
    ...(isCanary ? [stepCell(simulation, sample)] : []),
    sample.phase,
    ...(isCanary ? [String(sample.actualWeight ?? 0)] : []),
    String(sample.older.available),
    String(sample.newer.available),
    analysesCell(sample),
  ]);
  return renderTable([header, ...rows]);
}

/** What passes by faster is left out, except a pause, which a person may have ended at once. */
const shortestRowMs = 500;

/** Where step, phase or an analysis changed; of a change in several writes only the state it led to. */
function turningPoints(samples: readonly Sample[]): readonly Sample[] {
  const key = ({ step, phase, analyses }: Sample): string => JSON.stringify([step, phase, Object.values(analyses)]);
  const turning = samples.filter((sample, i) => i === 0 || i === samples.length - 1 || key(sample) !== key(samples[i - 1] ?? sample));
  const lasts = (sample: Sample, i: number): boolean => (turning[i + 1]?.atMs ?? Infinity) - sample.atMs >= shortestRowMs;
  const isEndedPause = ({ phase, step }: Sample, i: number): boolean => phase === 'Paused' && turning[i + 1]?.step !== step;
  return turning.filter((sample, i) => lasts(sample, i) || isEndedPause(sample, i));
}

function stepCell({ steps }: Simulation, { step }: Sample): string {
  if (step === undefined) return '-';
  return step >= steps.length ? 'all done' : `${step + 1}/${steps.length} ${steps[step] ?? ''}`;
}

function analysesCell({ analyses }: Sample): string {
  const entries = Object.entries(analyses).filter(([, phase]) => phase !== '');
  return entries.map(([name, phase]) => `${name.replace(/^.*?-[a-z0-9]{6,10}-/, '')} ${phase}`).join(', ');
}

const levels = '▁▂▃▄▅▆▇█';

/** Time from left to right: the share of the new version, and how many pods can serve. */
function chart(simulation: Simulation, { colours, width }: SimulationStyle): string {
  const label = 10;
  const columns = Math.max(10, Math.min(80, width - label));
  const { samples, durationMs, maxWeight, replicas } = simulation;
  const at = (column: number): Sample | undefined => {
    const timeMs = (durationMs * (column + 1)) / columns;
    return samples.filter((sample) => sample.atMs <= timeMs).at(-1) ?? samples[0];
  };
  const line = (of: (sample: Sample) => number): string =>
    Array.from({ length: columns }, (_, i) => level(of(at(i) ?? samplesEnd(samples)))).join('');
  const weight = line((s) => (s.actualWeight ?? 0) / maxWeight);
  const capacity = line((s) => s.pods.available / Math.max(1, replicas));
  const end = spanText(durationMs);
  return [
    ...(simulation.strategy === 'Canary' ? [`${'New'.padEnd(label)}${colours.yellow(weight)}`] : []),
    `${'Capacity'.padEnd(label)}${colours.green(capacity)}`,
    `${' '.repeat(label)}0s${end.padStart(columns - 2)}`,
  ].join('\n');
}

function samplesEnd(samples: readonly Sample[]): Sample {
  const last = samples.at(-1);
  if (last === undefined) throw new Error('a chart needs samples');
  return last;
}

function level(share: number): string {
  if (share <= 0) return '·';
  return levels[Math.min(levels.length - 1, Math.max(0, Math.ceil(share * levels.length) - 1))] ?? '█';
}

function verdict(simulation: Simulation, { colours, width }: SimulationStyle): string {
  const { end, leastAvailable, mostPods, replicas, promotions, measurements, violations } = simulation;
  const counted = Object.entries(measurements).map(([name, n]) => `${name} ${n}`);
  const lines = [
    endLine(simulation, colours),
    ...(simulation.samples.length === 0
      ? []
      : [
          `Capacity: at least ${leastAvailable.pods} of ${replicas} pods available (at ${spanText(leastAvailable.atMs)}), at most ${mostPods.pods} pods in all (at ${spanText(mostPods.atMs)})`,
        ]),
    ...(promotions.length === 0
      ? []
      : [
          `A person has to promote ${promotions.length === 1 ? 'once' : `${promotions.length} times`}: ${promotions.map((p) => `at ${spanText(p.atMs)} (${p.reason})`).join(', ')}`,
        ]),
    ...(counted.length === 0 || end.kind === 'invalid' ? [] : [`Measurements: ${counted.join(', ')}`]),
    ...violations.map((text) => colours.red(`A promise was broken, which is a bug of Sluice: ${text}`)),
  ];
  return lines.map((line) => wrap(line, width)).join('\n');
}

function endLine({ end, durationMs }: Simulation, colours: Palette): string {
  switch (end.kind) {
    case 'promoted':
      return colours.green(`✔ promoted after ${spanText(durationMs)}`);
    case 'aborted':
      return colours.red(`✖ aborted and taken back after ${spanText(durationMs)}: ${end.message}`);
    case 'invalid':
      return colours.red(`✖ not acted on: ${end.message}`);
    case 'unfinished':
      return colours.red(`✖ neither promoted nor aborted: ${end.message}`);
  }
}
