import { asIndex, asText } from '../convert.js';
import { fail } from '../error.js';
import { goInt, goTypeName, GoArray, type GoValue } from '../value.js';
import type { Builtin, BuiltinTable, Runtime } from './builtin.js';

/** A function of a text: its result is charged before anybody keeps it. */
function onText(transform: (text: string, args: readonly GoValue[]) => string): Builtin {
  return (args, { resources }) => {
    const text = asText(args[0] ?? null);
    resources.budget.text(text.length);
    return transform(text, args);
  };
}

function optionalText(value: GoValue | undefined, otherwise: string): string {
  return value === undefined ? otherwise : asText(value);
}

/** Go's white space differs from JavaScript's only in a byte order mark. */
const edgeSpace = /^[\s\u0085]+|[\s\u0085]+$/g;

function trim(text: string, args: readonly GoValue[]): string {
  if (args[1] === undefined) return text.replace(edgeSpace, (found) => (found.includes('\ufeff') ? found : ''));
  const characters = new Set(asText(args[1]));
  const kept = [...text];
  let [start, end] = [0, kept.length];
  while (start < end && characters.has(kept[start] ?? '')) start += 1;
  while (end > start && characters.has(kept[end - 1] ?? '')) end -= 1;
  return kept.slice(start, end).join('');
}

function trimPrefix(text: string, args: readonly GoValue[]): string {
  const prefix = optionalText(args[1], ' ');
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

function trimSuffix(text: string, args: readonly GoValue[]): string {
  const suffix = optionalText(args[1], ' ');
  return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
}

/** One character becomes one character, as in Go: `ß` stays, where JavaScript makes `SS` of it and the text longer. */
function eachCharacter(change: (text: string) => string): (text: string) => string {
  return (text) => {
    const whole = change(text);
    if (whole.length === text.length) return whole;
    return [...text].map((char) => (change(char).length === char.length ? change(char) : char)).join('');
  };
}

/** @param keep whether the separator stays at the end of what precedes it */
function splitting(keep: boolean): Builtin {
  return ([value = null, separator = null, limit], { resources }) => {
    const text = asText(value);
    const by = asText(separator);
    const most = limit === undefined ? -1n : asIndex(limit);
    resources.budget.elements(text.length);
    if (most === 0n) return new GoArray([], 'string');
    return new GoArray(by === '' ? characters(text, most) : parts(text, by, most, keep), 'string');
  };
}

function characters(text: string, most: bigint): readonly string[] {
  const all = [...text];
  if (most < 0n || BigInt(all.length) <= most) return all;
  const count = Number(most) - 1;
  return [...all.slice(0, count), all.slice(count).join('')];
}

function parts(text: string, by: string, most: bigint, keep: boolean): readonly string[] {
  const found: string[] = [];
  let at = 0;
  while (most < 0n || BigInt(found.length) < most - 1n) {
    const next = text.indexOf(by, at);
    if (next < 0) break;
    found.push(text.slice(at, keep ? next + by.length : next));
    at = next + by.length;
  }
  return [...found, text.slice(at)];
}

function replace([value = null, old = null, replacement = null, limit]: readonly GoValue[], { resources }: Runtime): GoValue {
  const [text, from, to] = [asText(value), asText(old), asText(replacement)];
  const most = limit === undefined ? -1n : asIndex(limit);
  const places = from === '' ? text.length + 1 : Math.floor(text.length / from.length);
  const count = most < 0n ? places : Math.min(places, Number(most));
  resources.budget.text(text.length + count * to.length);
  return from === '' ? interleave(text, to, count) : replaceFirst(text, from, to, count);
}

/** An empty text is found before each character and at the end. */
function interleave(text: string, to: string, count: number): string {
  const chars = [...text];
  const before = chars.map((char, index) => (index < count ? to : '') + char).join('');
  return chars.length < count ? before + to : before;
}

function replaceFirst(text: string, from: string, to: string, count: number): string {
  const pieces: string[] = [];
  let at = 0;
  for (let done = 0; done < count; done += 1) {
    const next = text.indexOf(from, at);
    if (next < 0) break;
    pieces.push(text.slice(at, next), to);
    at = next + from.length;
  }
  return pieces.join('') + text.slice(at);
}

function repeat([value = null, times = null]: readonly GoValue[], { resources }: Runtime): GoValue {
  const text = asText(value);
  const count = asIndex(times);
  if (count < 0n) return fail(`invalid argument for repeat (expected positive integer, got ${count})`);
  if (count > 1_000_000n) return fail('memory budget exceeded');
  resources.budget.elements(Number(count));
  resources.budget.text(text.length * Number(count));
  return text.repeat(Number(count));
}

function join([list = null, separator]: readonly GoValue[], { resources }: Runtime): GoValue {
  if (!(list instanceof GoArray)) return fail(`invalid argument for join (type ${goTypeName(list)})`);
  const between = optionalText(separator, '');
  const texts = list.items.map(asText);
  resources.budget.text(texts.reduce((total, text) => total + text.length + between.length, 0));
  return texts.join(between);
}

/** Positions count bytes. */
function position(find: (text: string, part: string) => number): Builtin {
  return ([value = null, part = null], { resources }) => {
    const text = asText(value);
    resources.budget.text(text.length);
    const at = find(text, asText(part));
    return goInt(at < 0 ? -1 : new TextEncoder().encode(text.slice(0, at)).length);
  };
}

function judge(test: (text: string, part: string) => boolean): Builtin {
  return ([value = null, part = null], { resources }) => {
    const sought = asText(part);
    resources.budget.scan(sought.length);
    return test(asText(value), sought);
  };
}

export const texts: BuiltinTable = {
  trim: onText(trim),
  trimPrefix: onText(trimPrefix),
  trimSuffix: onText(trimSuffix),
  upper: onText(eachCharacter((char) => char.toUpperCase())),
  lower: onText(eachCharacter((char) => char.toLowerCase())),
  split: splitting(false),
  splitAfter: splitting(true),
  replace,
  repeat,
  join,
  indexOf: position((text, part) => text.indexOf(part)),
  lastIndexOf: position((text, part) => text.lastIndexOf(part)),
  hasPrefix: judge((text, part) => text.startsWith(part)),
  hasSuffix: judge((text, part) => text.endsWith(part)),
};
