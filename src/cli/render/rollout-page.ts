import { humanDuration } from '../../core/view/age.js';
import type { ExperimentView } from '../../core/view/experiment-view.js';
import type { ImageView } from '../../core/view/images.js';
import type { CanaryView, RolloutView } from '../../core/view/rollout-view.js';
import type { StepView } from '../../core/view/steps.js';
import type { TreeNode } from '../../core/view/tree.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { paintIcon, paintRole, type Palette } from './colour.js';
import { renderTable } from './table.js';
import { wrap } from './wrap.js';

const labelWidth = 17;

const glyphs: Readonly<Record<TreeNode['kind'], string>> = {
  Rollout: '⟳',
  Revision: '#',
  ReplicaSet: '⧉',
  Pod: '□',
  Experiment: 'Σ',
  AnalysisRun: 'α',
  Job: '⊞',
};

export interface PageStyle {
  readonly colours: Palette;
  /** A human looks at it: traffic bar and steps are shown besides what upstream prints, which scripts read. */
  readonly isTerminal: boolean;
  /** Columns. */
  readonly width: number;
}

/** The whole page of `get rollout`: head, blank line, tree. Semantics: cli-dashboard-gitops 1.8. */
export function renderRolloutPage(view: RolloutView, now: EpochMs, style: PageStyle): string {
  const { colours } = style;
  const head = [
    line('Name:', view.name),
    line('Namespace:', view.namespace),
    line('Status:', `${paintIcon(colours, view.icon)} ${view.status.phase}`),
    ...(view.status.message === '' ? [] : [line('Message:', view.status.message)]),
    ...(view.awaiting === undefined ? [] : [line('Awaiting:', view.awaiting)]),
    line('Strategy:', view.strategy),
    ...(view.canary === undefined ? [] : canaryLines(view.canary, now, style)),
    ...imageLines(view.images, colours),
    'Replicas:',
    line('  Desired:', String(view.replicas.desired)),
    line('  Current:', String(view.replicas.current)),
    line('  Updated:', String(view.replicas.updated)),
    line('  Ready:', String(view.replicas.ready)),
    line('  Available:', String(view.replicas.available)),
  ];
  return `${head.join('\n')}\n\n${renderTree(view.tree, now, colours)}\n`;
}

/** The page of `get experiment`. */
export function renderExperimentPage(view: ExperimentView, now: EpochMs, colours: Palette): string {
  const head = [
    line('Name:', view.name),
    line('Namespace:', view.namespace),
    line('Status:', `${paintIcon(colours, view.icon)} ${view.status}`),
    ...(view.message === '' ? [] : [line('Message:', view.message)]),
    ...imageLines(view.images, colours),
  ];
  return `${head.join('\n')}\n\n${renderTree(view.tree, now, colours)}\n`;
}

function canaryLines(canary: CanaryView, now: EpochMs, style: PageStyle): readonly string[] {
  const { actualWeight, maxWeight, steps } = canary;
  const lines = [
    line('  Step:', canary.step),
    line('  SetWeight:', String(canary.setWeight)),
    line('  ActualWeight:', String(actualWeight)),
  ];
  if (!style.isTerminal || steps.length === 0) return lines;
  const bar = trafficBar(actualWeight / maxWeight, style.colours);
  const list = wrap(steps.map((step) => stepCell(step, now, style.colours)).join(` → `), style.width - labelWidth);
  return [...lines, line('  Traffic:', bar), ...list.split('\n').map((text, i) => line(i === 0 ? '  Steps:' : '', text))];
}

const barCells = 20;

function trafficBar(share: number, colours: Palette): string {
  const canary = Math.max(share > 0 ? 1 : 0, Math.min(share < 1 ? barCells - 1 : barCells, Math.round(share * barCells)));
  return `${colours.yellow('█'.repeat(canary))}${colours.green('░'.repeat(barCells - canary))}`;
}

function stepCell({ text, state, until }: StepView, now: EpochMs, colours: Palette): string {
  // A no-break space keeps a step on one line.
  const words = text.replaceAll(' ', noBreak);
  if (state === 'done') return colours.green(`✔${noBreak}${words}`);
  if (state === 'ahead') return words;
  const left = until === undefined ? '' : ` (${humanDuration(Math.max(0, until - now))} left)`.replaceAll(' ', noBreak);
  return colours.bold(`▶${noBreak}${words}${left}`);
}

const noBreak = '\u00a0';

function imageLines(images: readonly ImageView[], colours: Palette): readonly string[] {
  return images.map(({ image, tags }, i) => {
    const painted = tags.length === 0 ? '' : ` (${tags.map((t) => paintRole(colours, t)).join(', ')})`;
    return line(i === 0 ? 'Images:' : '', image + painted);
  });
}

function line(label: string, value: string): string {
  return `${label.padEnd(labelWidth)}${value}`.trimEnd();
}

/** The table of a tree: NAME KIND STATUS AGE INFO. */
function renderTree(root: TreeNode, now: EpochMs, colours: Palette): string {
  const rows: string[][] = [['NAME', 'KIND', 'STATUS', 'AGE', 'INFO']];
  addRows(rows, root, '', '', now, colours);
  return renderTable(rows);
}

function addRows(rows: string[][], node: TreeNode, prefix: string, childPrefix: string, now: EpochMs, colours: Palette): void {
  rows.push(row(node, prefix, now, colours));
  for (const [i, child] of node.children.entries()) {
    const isLast = i === node.children.length - 1;
    addRows(rows, child, `${childPrefix}${isLast ? '└──' : '├──'}`, `${childPrefix}${isLast ? '   ' : '│  '}`, now, colours);
  }
}

function row(node: TreeNode, prefix: string, now: EpochMs, colours: Palette): string[] {
  if (node.kind === 'Revision') return [`${prefix}${glyphs.Revision} ${node.name}`, '', '', '', ''];
  return [
    `${prefix}${glyphs[node.kind]} ${paintName(node, colours)}`,
    node.kind,
    `${paintIcon(colours, node.icon)} ${node.status}`,
    node.createdAt === undefined ? '' : humanDuration(now - node.createdAt),
    node.info.map((i) => paintRole(colours, i)).join(','),
  ];
}

function paintName(node: TreeNode, colours: Palette): string {
  const isMeasuring = node.kind === 'Experiment' || node.kind === 'AnalysisRun' || node.kind === 'Job';
  return isMeasuring && (node.status === 'Pending' || node.status === 'Running') ? colours.blue(node.name) : node.name;
}
