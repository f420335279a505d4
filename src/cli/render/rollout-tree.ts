import type { ImageView, RolloutView, TreeNode } from '../../core/view/rollout-view.js';
import { humanDuration } from '../../core/view/age.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { paintIcon, paintRole, type Palette } from './colour.js';
import { renderTable } from './table.js';

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

/** The whole page of `get rollout`: head, blank line, tree. Semantics: cli-dashboard-gitops 1.8. */
export function renderRolloutPage(view: RolloutView, now: EpochMs, colours: Palette): string {
  return `${renderHead(view, colours)}\n\n${renderTree(view.tree, now, colours)}\n`;
}

function renderHead(view: RolloutView, colours: Palette): string {
  const lines = [
    line('Name:', view.name),
    line('Namespace:', view.namespace),
    line('Status:', `${paintIcon(colours, view.icon)} ${view.status.phase}`),
    ...(view.status.message === '' ? [] : [line('Message:', view.status.message)]),
    ...(view.awaiting === undefined ? [] : [line('Awaiting:', view.awaiting)]),
    line('Strategy:', view.strategy),
    ...(view.step === undefined ? [] : [line('  Step:', view.step)]),
    ...(view.setWeight === undefined ? [] : [line('  SetWeight:', String(view.setWeight))]),
    ...(view.actualWeight === undefined ? [] : [line('  ActualWeight:', String(view.actualWeight))]),
    ...renderImages(view.images, colours),
    'Replicas:',
    line('  Desired:', String(view.replicas.desired)),
    line('  Current:', String(view.replicas.current)),
    line('  Updated:', String(view.replicas.updated)),
    line('  Ready:', String(view.replicas.ready)),
    line('  Available:', String(view.replicas.available)),
  ];
  return lines.join('\n');
}

function renderImages(images: readonly ImageView[], colours: Palette): readonly string[] {
  return images.map(({ image, tags }, i) => {
    const painted = tags.length === 0 ? '' : ` (${tags.map((t) => paintRole(colours, t)).join(', ')})`;
    return line(i === 0 ? 'Images:' : '', image + painted);
  });
}

function line(label: string, value: string): string {
  return `${label.padEnd(labelWidth)}${value}`.trimEnd();
}

/** The table of a tree: NAME KIND STATUS AGE INFO. */
export function renderTree(root: TreeNode, now: EpochMs, colours: Palette): string {
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
