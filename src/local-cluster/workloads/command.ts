/** What a container's command comes to: how long it runs, how it ends, what it prints. */
export interface CommandOutcome {
  /** Undefined: it runs until it is stopped. */
  readonly exitAfterMs?: number;
  readonly exitCode: number;
  readonly output: readonly string[];
}

const shells = ['sh', 'bash', 'ash', '/bin/sh', '/bin/bash', '/bin/ash'];

/**
 * Plays commands such as `sleep 5 && exit 1`: `sleep`, `exit`, `true`, `false`, `echo` joined by `&&`, `||` and `;`.
 *
 * @param words command and args of a container, in one list
 * @param isService true (restartPolicy Always): what it cannot read is taken for a server that runs for ever; else for a program that ends well at once
 */
export function playCommand(words: readonly string[], isService: boolean): CommandOutcome {
  const forever: CommandOutcome = { exitCode: 0, output: [] };
  if (words.length === 0) return isService ? forever : { exitAfterMs: 0, exitCode: 0, output: [] };
  const [program = '', flag = '', script = ''] = words;
  const text = shells.includes(program) && /^-[a-z]*c$/.test(flag) ? script : words.join(' ');
  const played = playScript(text);
  if (played) return played;
  return isService ? forever : { exitAfterMs: 0, exitCode: 0, output: [] };
}

function playScript(text: string): CommandOutcome | undefined {
  const parts = text.split(/(&&|\|\||;|\n)/).map((part) => part.trim());
  const output: string[] = [];
  const state = { ms: 0, code: 0 };
  let joint = ';';
  for (const part of parts) {
    if (['&&', '||', ';'].includes(part)) joint = part;
    else if (part !== '' && isReached(joint, state.code)) {
      const effect = effectOf(part);
      if (effect === undefined) return undefined;
      state.ms += effect.ms ?? 0;
      if (effect.line !== undefined) output.push(effect.line);
      state.code = effect.code;
      if (effect.ms === Infinity) return { exitCode: 0, output };
      if (effect.ends === true) break;
    }
  }
  return { exitAfterMs: state.ms, exitCode: state.code, output };
}

function isReached(joint: string, code: number): boolean {
  if (joint === '&&') return code === 0;
  return joint === '||' ? code !== 0 : true;
}

interface Effect {
  readonly code: number;
  readonly ms?: number;
  readonly line?: string;
  readonly ends?: boolean;
}

function effectOf(command: string): Effect | undefined {
  const sleep = /^(?:\/bin\/)?sleep\s+(\d+(?:\.\d+)?|infinity)(s|m|h)?$/.exec(command);
  if (sleep) return { code: 0, ms: sleepMs(sleep[1] ?? '', sleep[2] ?? 's') };
  const exit = /^exit(?:\s+(\d+))?$/.exec(command);
  if (exit) return { code: Number(exit[1] ?? 0), ends: true };
  const echo = /^echo\s+(.*)$/.exec(command);
  if (echo) return { code: 0, line: (echo[1] ?? '').replace(/^(['"])(.*)\1$/, '$2') };
  if (command === 'true' || command === ':') return { code: 0 };
  return command === 'false' ? { code: 1 } : undefined;
}

function sleepMs(amount: string, unit: string): number {
  if (amount === 'infinity') return Infinity;
  return Number(amount) * (unit === 'h' ? 3_600_000 : unit === 'm' ? 60_000 : 1000);
}
