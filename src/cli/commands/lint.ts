import { ControllerError } from '../../lib/errors.js';
import { readSources } from '../files/read-files.js';
import type { Finding } from '../lint/types.js';
import { lintTexts } from '../lint/lint.js';
import { coloursOf, printJson } from '../output.js';
import type { CliIo, ExitCode } from '../session.js';

export interface LintOptions {
  readonly filename: readonly string[];
  readonly strict: boolean;
  readonly noColor: boolean;
  readonly output: 'json' | undefined;
}

/**
 * `lint -f FILE...`: all findings of all files on stdout, a line each; the first error again on stderr, with exit code 1. Nothing found: silence.
 * Semantics: cli-dashboard-gitops 1.11. Differs: folders, standard input and lists; file and line; analysis templates too; warnings.
 */
export async function lint(io: CliIo, options: LintOptions): Promise<ExitCode> {
  const findings = lintTexts(await readSources(io, options.filename));
  if (options.output === 'json') printJson(io, findings);
  else for (const finding of findings) io.out(`${findingText(io, finding, options.noColor)}\n`);
  const fatal = findings.filter(({ severity }) => severity === 'error' || options.strict);
  const [first] = fatal;
  if (first === undefined) return 0;
  const more = fatal.length === 1 ? '' : ` (and ${fatal.length - 1} more)`;
  throw new ControllerError('invalid', `${first.source}:${first.line}: ${first.message}${more}`);
}

/** As compilers print it, so that editors can jump there. */
function findingText(io: CliIo, { source, line, severity, object, message }: Finding, noColor: boolean): string {
  const colours = coloursOf(io, noColor);
  const mark = severity === 'error' ? colours.red(severity) : colours.yellow(severity);
  return `${source}:${line}: ${mark}: ${object === '' ? '' : `${object}: `}${message}`;
}
