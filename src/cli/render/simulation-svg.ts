import { spanText } from './span.js';
import type { Sample, Simulation } from '../../sim/simulate/index.js';

const width = 900;
const height = 320;
const plot = { left: 60, right: 20, top: 40, bottom: 50 };

/** The update as a picture: available pods as an area, the new version's share as a line, the steps below. */
export function renderSimulationSvg(simulation: Simulation): string {
  const { rollout, durationMs, replicas, maxWeight, mostPods, samples } = simulation;
  const x = (atMs: number): number => plot.left + ((width - plot.left - plot.right) * atMs) / Math.max(1, durationMs);
  const y = (share: number): number => height - plot.bottom - (height - plot.top - plot.bottom) * share;
  const most = Math.max(mostPods.pods, replicas, 1);
  const stairs = (of: (sample: Sample) => number): string =>
    samples
      .flatMap((sample, i) => {
        const next = samples[i + 1]?.atMs ?? durationMs;
        return [point(x(sample.atMs), y(of(sample))), point(x(next), y(of(sample)))];
      })
      .join(' ');
  const pods = stairs((s) => s.pods.available / most);
  const weight = stairs((s) => (s.actualWeight ?? 0) / maxWeight);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    text(x(durationMs * share), height - plot.bottom + 18, spanText(durationMs * share), 'middle'),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(`Simulated update of ${rollout}`)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(plot.left, 22, `Simulated update of ${rollout}: ${simulation.end.kind} after ${spanText(durationMs)}`, 'start'),
    `<polygon points="${point(x(0), y(0))} ${pods} ${point(x(durationMs), y(0))}" fill="#cfe8cf"/>`,
    `<line x1="${plot.left}" x2="${width - plot.right}" y1="${round(y(replicas / most))}" y2="${round(y(replicas / most))}" stroke="#2e7d32" stroke-dasharray="4 4"/>`,
    ...(simulation.strategy === 'Canary' ? [`<polyline points="${weight}" fill="none" stroke="#e69f00" stroke-width="2"/>`] : []),
    ...samples
      .filter((s, i) => s.step !== samples[i - 1]?.step && i > 0)
      .map(
        (s) => `<line x1="${round(x(s.atMs))}" x2="${round(x(s.atMs))}" y1="${plot.top}" y2="${height - plot.bottom}" stroke="#00000022"/>`,
      ),
    ...simulation.promotions.map(
      ({ atMs }) =>
        `<circle cx="${round(x(atMs))}" cy="${height - plot.bottom}" r="4" fill="#0072b2"><title>a person promotes</title></circle>`,
    ),
    text(plot.left - 8, y(replicas / most) + 4, `${replicas} pods`, 'end'),
    text(plot.left - 8, y(0) + 4, '0', 'end'),
    ...ticks,
    text(
      plot.left,
      height - 10,
      'green: pods that can serve; dashed: wanted; orange: share of the new version; blue: a person promotes',
      'start',
    ),
    '</svg>',
    '',
  ].join('\n');
}

function point(x: number, y: number): string {
  return `${round(x)},${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
