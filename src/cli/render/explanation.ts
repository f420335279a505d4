import { humanDuration } from '../../core/view/age.js';
import type { Evidence, Explanation } from '../../core/view/explain/index.js';
import { iconOf } from '../../core/view/icons.js';
import type { EpochMs } from '../../lib/scheduler.js';
import { renderTime, renderWholeSeconds } from '../../lib/time.js';
import { paintIcon, type Palette } from './colour.js';
import { stringWidth } from './width.js';
import { wrap } from './wrap.js';

export interface ExplanationStyle {
  readonly colours: Palette;
  /** Columns to wrap at. */
  readonly width: number;
}

const labelWidth = 10;

/** The page of `explain`: one line that says it all, then what is awaited, the evidence, and what can be done. */
export function renderExplanation(explanation: Explanation, now: EpochMs, style: ExplanationStyle): string {
  const sections = [
    [headline(explanation, style)],
    awaitingLines(explanation, now, style),
    listLines(
      'Evidence',
      explanation.evidence.map((evidence) => [paintTone(evidence.tone, style.colours), evidence.text]),
      style,
    ),
    commandLines(explanation, style),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline({ name, status, message }: Explanation, { colours, width }: ExplanationStyle): string {
  return wrap(
    `${paintIcon(colours, iconOf('Rollout', status))} ${colours.bold(name)} is ${status}${message === '' ? '' : `: ${message}`}`,
    width,
  );
}

function awaitingLines({ awaiting }: Explanation, now: EpochMs, style: ExplanationStyle): readonly string[] {
  if (awaiting === undefined) return ['Nothing is awaited.'];
  const { reason, message, since, until, unblock } = awaiting;
  return [
    labelled('Awaiting', `${message} (${reason})`, style),
    ...(since === undefined ? [] : [labelled('Since', `${renderWholeSeconds(since)} (${humanDuration(now - since)} ago)`, style)]),
    labelled('Until', untilText(until, now), style),
    ...(unblock === undefined ? [] : [labelled('Unblock', unblock, style)]),
  ];
}

function untilText(until: EpochMs | undefined, now: EpochMs): string {
  if (until === undefined) return 'somebody or something changes it; it has no end of its own';
  return until >= now
    ? `${renderWholeSeconds(until)} (in ${humanDuration(until - now)})`
    : `${renderWholeSeconds(until)} (passed ${humanDuration(now - until)} ago)`;
}

function labelled(label: string, text: string, { width, colours }: ExplanationStyle): string {
  const indent = ' '.repeat(labelWidth);
  return `${colours.bold(label)}${' '.repeat(labelWidth - label.length)}${wrap(text, width - labelWidth).replaceAll('\n', `\n${indent}`)}`;
}

function listLines(
  title: string,
  rows: readonly (readonly [mark: string, text: string])[],
  { width, colours }: ExplanationStyle,
): readonly string[] {
  if (rows.length === 0) return [];
  return [colours.bold(title), ...rows.map(([mark, text]) => `  ${mark} ${wrap(text, width - 4).replaceAll('\n', '\n    ')}`)];
}

function commandLines({ commands }: Explanation, { width, colours }: ExplanationStyle): readonly string[] {
  if (commands.length === 0) return [];
  const widest = Math.max(...commands.map(({ command }) => stringWidth(command)));
  const indent = ' '.repeat(widest + 4);
  const lines = commands.map(({ command, effect }) => {
    const text = wrap(effect, width - indent.length).replaceAll('\n', `\n${indent}`);
    return `  ${command}${' '.repeat(widest - stringWidth(command) + 2)}${text}`;
  });
  return [colours.bold('You can'), ...lines];
}

function paintTone(tone: Evidence['tone'], colours: Palette): string {
  switch (tone) {
    case 'good':
      return colours.green('✔');
    case 'bad':
      return colours.red('✖');
    case 'waiting':
      return colours.blue('◌');
  }
}

/** What `explain -o json` prints: instants as RFC 3339. */
export function explanationDocument({ awaiting, ...rest }: Explanation): Readonly<Record<string, unknown>> {
  if (awaiting === undefined) return rest;
  const { since, until, ...others } = awaiting;
  const instant = (key: string, at: EpochMs | undefined): object => (at === undefined ? {} : { [key]: renderTime(at) });
  return { ...rest, awaiting: { ...others, ...instant('since', since), ...instant('until', until) } };
}
