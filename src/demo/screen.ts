import { parseAnalysisRun, parseReplicaSet, parseRollout } from '../api/index.js';
import { resources, type KubeObject } from '../api/kube.js';
import { palette } from '../cli/render/colour.js';
import { renderRolloutPage } from '../cli/render/rollout-page.js';
import type { Cluster } from '../cluster/cluster.js';
import { viewRollout, type RolloutView } from '../core/view/rollout-view.js';
import type { EpochMs } from '../lib/scheduler.js';
import type { Counts } from './counts.js';
import { demoNamespace, demoRollout } from './release.js';
import type { Stage } from './stage.js';

export interface DemoScreen {
  /** A line that stays. */
  title(text: string): void;
  /** Tree, traffic and metric as they are now: redrawn in place on a terminal, elsewhere a line whenever the rollout changed. */
  show(): Promise<void>;
}

export function demoScreen(stage: Stage): DemoScreen {
  return stage.isTerminal ? liveScreen(stage) : plainScreen(stage);
}

function liveScreen({ cluster, scheduler, counts, write }: Stage): DemoScreen {
  const colours = palette({ noColor: false, isTerminal: true, env: process.env });
  const look = recentShares(counts, scheduler.now());
  let drawnLines = 0;
  return {
    title: (text) => {
      drawnLines = 0;
      write(`${text}\n\n`);
    },
    show: async () => {
      const view = await lookAtRollout(cluster, scheduler.now());
      const frame = `${renderRolloutPage(view, scheduler.now(), { colours, isTerminal: true, width: process.stdout.columns || 80 })}\n${renderBars(look(scheduler.now()))}\n`;
      const back = drawnLines === 0 ? '' : `\u001b[${drawnLines}A\u001b[J`;
      drawnLines = frame.split('\n').length - 1;
      write(`${back}${frame}`);
    },
  };
}

function plainScreen({ cluster, scheduler, counts, write }: Stage): DemoScreen {
  const look = recentShares(counts, scheduler.now());
  let told = '';
  return {
    title: (text) => write(`${text}\n`),
    show: async () => {
      const view = await lookAtRollout(cluster, scheduler.now());
      const shares = look(scheduler.now());
      const state = describeRollout(view);
      if (state === told) return;
      told = state;
      write(`     ${state}${shares.length === 0 ? '' : `; answers of the last second: ${shares.map(renderShare).join(', ')}`}\n`);
    },
  };
}

function describeRollout({ status, canary, replicas, tree }: RolloutView): string {
  const runs = tree.children.flatMap((r) => r.children).filter((n) => n.kind === 'AnalysisRun' && n.status === 'Running');
  const measured = runs.map((n) => `, analysis ${n.info.join(' ')}`).join('');
  const message = status.message === '' ? '' : ` (${status.message})`;
  return `${status.phase}${message}: step ${canary?.step ?? ''}, ${replicas.updated} new of ${replicas.current} pods${measured}`;
}

/** The rollout as the plugin would show it. */
async function lookAtRollout(cluster: Cluster, now: EpochMs): Promise<RolloutView> {
  const list = async (resource: (typeof resources)[keyof typeof resources]): Promise<readonly KubeObject[]> =>
    (await cluster.list({ resource, namespace: demoNamespace })).items;
  const [rollout, replicaSets, pods, runs] = await Promise.all([
    cluster.get(demoRollout),
    list(resources.replicaSets),
    list(resources.pods),
    list(resources.analysisRuns),
  ]);
  return viewRollout({
    now,
    rollout: parseRollout(rollout).rollout,
    replicaSets: replicaSets.map(parseReplicaSet),
    pods,
    experiments: [],
    analysisRuns: runs.map((o) => parseAnalysisRun(o).run),
  });
}

interface Share {
  readonly version: string;
  readonly answers: number;
  readonly errors: number;
  /** Of all answers, 0..100. */
  readonly percent: number;
}

const windowMs = 1_000;

/** Who answered how much within about the last second. */
function recentShares(counts: Counts, start: EpochMs): (now: EpochMs) => readonly Share[] {
  let since = start;
  let before = totals(counts);
  let shown: readonly Share[] = [];
  return (now) => {
    if (now - since < windowMs) return shown;
    const current = totals(counts);
    const last = before;
    const fresh = [...current].map(([version, t]) => {
      const was = last.get(version) ?? { answers: 0, errors: 0 };
      return { version, answers: t.answers - was.answers, errors: t.errors - was.errors };
    });
    const all = fresh.reduce((sum, f) => sum + f.answers, 0);
    shown = fresh.filter((f) => f.answers > 0).map((f) => ({ ...f, percent: Math.round((f.answers / all) * 100) }));
    since = now;
    before = current;
    return shown;
  };
}

function totals(counts: Counts): ReadonlyMap<string, { readonly answers: number; readonly errors: number }> {
  const versions = [...new Set(counts.series.map((s) => s.labels['version'] ?? ''))].sort();
  return new Map(
    versions.map((version) => {
      const answers = counts.total({ version });
      return [version, { answers, errors: answers - counts.total({ version, code: '200' }) }];
    }),
  );
}

function renderShare({ version, percent, answers, errors }: Share): string {
  return `${version} ${percent} %${errors === 0 ? '' : ` with ${Math.round((errors / answers) * 100)} % errors`}`;
}

function renderBars(shares: readonly Share[]): string {
  if (shares.length === 0) return 'Traffic:         none yet';
  return shares
    .map(
      (share, i) =>
        `${i === 0 ? 'Traffic:' : ''}`.padEnd(17) + `${'█'.repeat(Math.round(share.percent / 5)).padEnd(20, '░')} ${renderShare(share)}`,
    )
    .join('\n');
}
