import { CORE_SCHEMA, dump } from 'js-yaml';
import { humanDuration } from '../../core/view/age.js';
import { viewHistory, type RevisionResult, type RevisionView } from '../../core/view/history.js';
import { ControllerError } from '../../lib/errors.js';
import { renderTime } from '../../lib/time.js';
import { readRolloutObjects } from '../objects.js';
import { coloursOf, printJson, textWidth } from '../output.js';
import type { Palette } from '../render/colour.js';
import { renderTable } from '../render/table.js';
import { wrap } from '../render/wrap.js';
import type { ExitCode, Session } from '../session.js';

export interface HistoryOptions {
  readonly revision: number | undefined;
  readonly output: 'json' | undefined;
  readonly noColor: boolean;
}

/** `history R [--revision N]`: the revisions with images, who, when and how they ended, and how to go back. */
export async function history(session: Session, name: string, call: string, options: HistoryOptions): Promise<ExitCode> {
  const { io, scheduler } = session;
  const seen = await readRolloutObjects(session, name);
  const all = viewHistory(seen);
  const wanted =
    options.revision === undefined
      ? all
      : all.filter(({ revision, earlier }) => revision === options.revision || earlier.includes(options.revision ?? 0));
  if (wanted.length === 0 && options.revision !== undefined) {
    throw new ControllerError(
      'not-found',
      `there is no revision ${options.revision} of rollout "${name}" any more (there is ${all.map((r) => r.revision).join(', ') || 'none'})`,
    );
  }
  if (options.output === 'json') printJson(io, wanted.map(historyDocument));
  else if (options.revision !== undefined) {
    const template = seen.replicaSets.find((rs) => rs.metadata.name === wanted[0]?.replicaSet)?.template;
    io.out(dump(template, { schema: CORE_SCHEMA, noRefs: true, lineWidth: -1 }));
  } else if (all.length === 0) io.err(`rollout "${name}" has no revision yet\n`);
  else {
    const rows = all.map((revision) => columns(revision, scheduler.now(), coloursOf(io, options.noColor)));
    io.out(`${renderTable([['REVISION', 'RESULT', 'AGE', 'BY', 'IMAGES', 'CAUSE'], ...rows])}\n${hints(all, name, call, textWidth(io))}`);
  }
  return 0;
}

function columns(view: RevisionView, now: number, colours: Palette): readonly string[] {
  return [
    `${view.revision}${view.earlier.length === 0 ? '' : ` (was ${view.earlier.join(', ')})`}`,
    paintResult(view.result, colours),
    humanDuration(now - view.createdAt),
    view.by ?? '-',
    view.images.join(','),
    view.cause ?? '',
  ];
}

function paintResult(result: RevisionResult, colours: Palette): string {
  switch (result) {
    case 'stable':
      return colours.green(result);
    case 'aborted':
    case 'failed':
      return colours.red(result);
    case 'updating':
      return colours.yellow(result);
    case 'replaced':
      return result;
  }
}

function hints(all: readonly RevisionView[], name: string, call: string, width: number): string {
  const details = all
    .filter(({ detail }) => detail !== '')
    .map(({ revision, result, detail }) => `Revision ${revision} ${result}: ${detail}`);
  const back = all.find(({ canUndo, result }) => canUndo && result !== 'failed');
  const undo = back === undefined ? [] : [`To go back: ${call} undo ${name} --to-revision ${back.revision}`];
  return [...details, ...undo].map((line) => `\n${wrap(line, width)}\n`).join('');
}

function historyDocument({ createdAt, ...rest }: RevisionView): Readonly<Record<string, unknown>> {
  return { ...rest, ...(Number.isNaN(createdAt) ? {} : { createdAt: renderTime(createdAt) }) };
}
