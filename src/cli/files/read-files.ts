import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ControllerError, errorMessage } from '../../lib/errors.js';
import type { CliIo } from '../session.js';

export interface SourceText {
  /** As the user named it; `stdin` for `-`. */
  readonly source: string;
  readonly text: string;
}

/** An API server refuses objects of more than about 1.5 MB; this is room for a generous bundle of them. */
const largestBytes = 10 * 1024 * 1024;
const extensions = new Set(['.yaml', '.yml', '.json']);

/**
 * The texts that `-f` names: files, folders (their .yaml, .yml and .json files, those below too), and `-` for standard input.
 * @throws ControllerError `invalid` naming the file and what is wrong with it
 */
export async function readSources(io: CliIo, names: readonly string[]): Promise<readonly SourceText[]> {
  const texts: SourceText[] = [];
  for (const name of names) texts.push(...(name === '-' ? [await readInput(io)] : await readPath(name)));
  return texts;
}

async function readInput(io: CliIo): Promise<SourceText> {
  const text = await io.input();
  if (text.length > largestBytes) throw tooLarge('stdin', text.length);
  return { source: 'stdin', text };
}

async function readPath(name: string): Promise<readonly SourceText[]> {
  const found = await unlessRefused(name, stat(name));
  if (!found.isDirectory()) return [await readOne(name, found.size)];
  const entries = await unlessRefused(name, readdir(name, { recursive: true, withFileTypes: true }));
  const files = entries
    .filter((entry) => entry.isFile() && extensions.has(path.extname(entry.name)))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0) throw new ControllerError('invalid', `${name}: there is no .yaml, .yml or .json file in this folder`);
  const texts: SourceText[] = [];
  for (const file of files) texts.push(...(await readPath(file)));
  return texts;
}

async function readOne(name: string, size: number): Promise<SourceText> {
  if (size > largestBytes) throw tooLarge(name, size);
  const text = await unlessRefused(name, readFile(name, 'utf8'));
  // A pipe (/dev/stdin, process substitution) has no size until it was read.
  if (text.length > largestBytes) throw tooLarge(name, text.length);
  return { source: name, text };
}

function tooLarge(source: string, size: number): ControllerError {
  return new ControllerError(
    'invalid',
    `${source}: ${Math.ceil(size / 1024 / 1024)} MB is too much for manifests, ${largestBytes / 1024 / 1024} MB is the limit`,
  );
}

async function unlessRefused<T>(name: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw new ControllerError('invalid', `${name}: ${reasonOf(error)}`, {}, { cause: error });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? errorMessage(error);
}
