import type { Scheduler } from '../lib/scheduler.js';
import { namesOf } from './complete-names.js';
import { connectionFlags } from './connection-flags.js';
import type { CommandGroup } from './line/command.js';
import { completeWord, type Candidate, type Completion } from './line/complete.js';
import { parseLine, type ParsedLine } from './line/parse-line.js';
import type { CliIo, Session } from './session.js';

export interface CompletionRequest {
  readonly root: CommandGroup;
  /** The words after the program's name; the last one is being typed and may be ''. */
  readonly words: readonly string[];
  readonly isDescribed: boolean;
  readonly io: CliIo;
  readonly scheduler: Scheduler;
  connect(line: ParsedLine): Promise<Session>;
  contexts(line: ParsedLine): Promise<readonly string[]>;
}

/** Bits of the last line, as cobra's shell scripts and kubectl read them. */
const directives = { noSpace: 2, noFiles: 4 } as const;

/**
 * Answers `__complete WORDS...`: candidates, a line each, a description after a tab; last `:DIRECTIVE`.
 * Semantics: cobra, which kubectl expects behind `kubectl_complete-NAME`. Never fails: who cannot be helped gets no candidates.
 */
export async function completeLine(request: CompletionRequest): Promise<number> {
  const { root, words, io } = request;
  const before = words.slice(0, -1);
  const word = words.at(-1) ?? '';
  // Where the word before awaits a value, parsing it as well would only yield an error.
  const line = parseLine(root, connectionFlags, before);
  const completion = completeWord(line, connectionFlags, before.at(-1), word);
  const { candidates, directive } = await resolve(request, line, completion, word);
  for (const { text, description } of candidates) {
    io.out(description === undefined || !request.isDescribed ? `${text}\n` : `${text}\t${description}\n`);
  }
  io.out(`:${directive}\n`);
  return 0;
}

async function resolve(
  request: CompletionRequest,
  line: ParsedLine,
  completion: Completion,
  word: string,
): Promise<{ readonly candidates: readonly Candidate[]; readonly directive: number }> {
  if (completion.kind === 'candidates') return { candidates: completion.candidates, directive: directives.noFiles };
  if (completion.of === 'files') return { candidates: [], directive: 0 };
  const names = await namesOf(
    completion.of,
    { ...request, connect: () => request.connect(line), contexts: () => request.contexts(line) },
    line.args,
  );
  const given = new Set(line.args);
  return {
    candidates: names
      .filter((name) => !given.has(name.text))
      .map((name) => ({ ...name, text: completion.prefix + name.text }))
      .filter(({ text }) => text.startsWith(word)),
    directive: completion.of === 'containers' ? directives.noFiles + directives.noSpace : directives.noFiles,
  };
}
