import type { Json, JsonObject, NewObject } from '../../src/api/kube.js';
import type { Action, Extremes, Facts, Milestone, Recording, StateOfRest, TimelineLine } from './format.js';

/** Reads unknown JSON field by field, so that a recording of another format fails with the place instead of comparing nothing. */
class Reader {
  constructor(
    private readonly value: unknown,
    private readonly path: string,
  ) {}

  field(name: string): Reader {
    return new Reader(this.object()[name], `${this.path}.${name}`);
  }

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  string(): string {
    return typeof this.value === 'string' ? this.value : this.fail('text');
  }

  optionalString(): string | undefined {
    return this.isAbsent ? undefined : this.string();
  }

  number(): number {
    return typeof this.value === 'number' ? this.value : this.fail('a number');
  }

  optionalNumber(): number | undefined {
    return this.isAbsent ? undefined : this.number();
  }

  flag(otherwise: boolean): boolean {
    if (this.isAbsent) return otherwise;
    return typeof this.value === 'boolean' ? this.value : this.fail('true or false');
  }

  oneOf<T extends string>(...choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value);
    return found ?? this.fail(choices.join(' or '));
  }

  optionalOneOf<T extends string>(...choices: readonly T[]): T | undefined {
    return this.isAbsent ? undefined : this.oneOf(...choices);
  }

  list(): readonly Reader[] {
    if (!Array.isArray(this.value)) return this.fail('a list');
    return this.value.map((item: unknown, index) => new Reader(item, `${this.path}[${index}]`));
  }

  entries(): readonly (readonly [string, Reader])[] {
    return Object.entries(this.object()).map(([name, value]) => [name, new Reader(value, `${this.path}.${name}`)] as const);
  }

  strings(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.entries().map(([name, value]) => [name, value.string()]));
  }

  json(): Json {
    // What JSON.parse gave is JSON.
    return this.value as Json;
  }

  jsonObject(): JsonObject {
    // As above, and it is known to be an object.
    return this.object() as JsonObject;
  }

  fail(expected: string): never {
    throw new Error(`${this.path}: expected ${expected}, found ${JSON.stringify(this.value)?.slice(0, 80) ?? 'nothing'}`);
  }

  private object(): Readonly<Record<string, unknown>> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) return this.fail('an object');
    // Checked just above.
    return this.value as Readonly<Record<string, unknown>>;
  }
}

/**
 * Turns the JSON of one recording into types.
 *
 * @param value  what JSON.parse gave
 * @throws Error that names the path of what is not as the format says; an unknown action or kind of line is one of those
 */
export function parseRecording(value: unknown): Recording {
  const root = new Reader(value, 'recording');
  return {
    scenario: root.field('scenario').string(),
    about: root.field('about').string(),
    hashes: root.field('hashes').strings(),
    stepHashes: root.field('stepHashes').strings(),
    manifests: root.field('manifests').list().map(parseManifest),
    script: root.field('script').list().map(parseAction),
    milestones: root.field('milestones').list().map(parseMilestone),
    extremes: parseExtremes(root.field('extremes')),
    eventsCut: root.field('eventsCut').isAbsent
      ? []
      : root
          .field('eventsCut')
          .list()
          .map((item) => item.string()),
    timeline: root.field('timeline').list().flatMap(parseTimelineEntry),
    final: root
      .field('final')
      .list()
      .map((item) => item.jsonObject()),
  };
}

function parseManifest(reader: Reader): NewObject {
  reader.field('apiVersion').string();
  reader.field('kind').string();
  reader.field('metadata').field('name').string();
  // The three fields that NewObject promises were read just above; an API server judges the rest.
  return reader.jsonObject() as unknown as NewObject;
}

function parseAction(reader: Reader): Action {
  const name = (): string => reader.field('name').string();
  const kind = (): string => reader.field('kind').string();
  const mayFail = (): boolean => reader.field('mayFail').flag(false);
  const what = reader.field('do').string();
  switch (what) {
    case 'apply':
      return {
        do: what,
        what: reader
          .field('what')
          .list()
          .map((item) => item.string()),
        each: reader.field('each').flag(false),
      };
    case 'patch':
      return {
        do: what,
        kind: kind(),
        name: name(),
        type: reader.field('type').oneOf('merge', 'json'),
        patch: reader.field('patch').json(),
        label: reader.field('label').optionalString(),
        subresource: reader.field('subresource').optionalOneOf('status'),
        mayFail: mayFail(),
      };
    case 'scale':
      return { do: what, name: name(), replicas: reader.field('replicas').number() };
    case 'plugin':
      return {
        do: what,
        args: reader
          .field('args')
          .list()
          .map((item) => item.string()),
        mayFail: mayFail(),
      };
    case 'wait':
      return {
        do: what,
        kind: kind(),
        name: name(),
        where: reader.field('where').isAbsent
          ? {}
          : Object.fromEntries(
              reader
                .field('where')
                .entries()
                .map(([path, wanted]) => [path, wanted.json()]),
            ),
        seconds: reader.field('seconds').optionalNumber(),
        observed: reader.field('observed').flag(true),
        gone: reader.field('gone').flag(false),
      };
    case 'settle':
      return { do: what, quiet: reader.field('quiet').optionalNumber() ?? 1.5, max: reader.field('max').optionalNumber() };
    case 'sleep':
      return { do: what, seconds: reader.field('seconds').number() };
    case 'metric':
      return { do: what, name: name(), answer: reader.field('answer').json() };
    case 'delete':
      return {
        do: what,
        kind: kind(),
        name: name(),
        propagation: reader.field('propagation').optionalOneOf('Background', 'Foreground', 'Orphan'),
      };
    case 'killPod':
      return { do: what, name: name(), of: reader.field('of').oneOf('stable', 'current', 'canary') };
    case 'stopController':
    case 'startController':
      return { do: what };
    default:
      return reader.field('do').fail('a known action');
  }
}

function parseMilestone(reader: Reader): Milestone {
  const state: StateOfRest = Object.fromEntries(
    reader
      .field('state')
      .entries()
      .map(([kind, names]) => [kind, names.strings()]),
  );
  return {
    t: reader.field('t').number(),
    after: reader.field('after').string(),
    passing: reader.field('passing').flag(false),
    state,
  };
}

function parseExtremes(reader: Reader): Extremes {
  return {
    fewestAvailable: reader.field('fewest available pods').optionalNumber(),
    mostWanted: reader.field('most wanted pods').optionalNumber(),
  };
}

/** A block that repeated is laid out once: comparing looks at distinct values, not at how often a quarrel went round. */
function parseTimelineEntry(reader: Reader): readonly TimelineLine[] {
  if (!reader.field('lines').isAbsent) return reader.field('lines').list().flatMap(parseTimelineEntry);
  const t = reader.field('t').optionalNumber() ?? 0;
  if (!reader.field('do').isAbsent) return [parseActionLine(reader, t)];
  const on = reader.field('on').string();
  if (!reader.field('event').isAbsent) {
    const count = reader.field('count').optionalNumber() ?? 1;
    return [{ kind: 'event', t, on, event: reader.field('event').string(), message: reader.field('message').string(), count }];
  }
  const gone = reader.field('gone').flag(false);
  const facts: Facts = gone
    ? {}
    : Object.fromEntries(
        reader
          .field('set')
          .entries()
          .map(([key, fact]) => [key, fact.json()]),
      );
  return [{ kind: 'change', t, on, facts, isNew: reader.field('new').flag(false), gone }];
}

function parseActionLine(reader: Reader, t: number): TimelineLine {
  const text = reader.field('do').string();
  const [, command = '', code] = /^(plugin .*) returned (-?\d+)$/s.exec(text) ?? [];
  if (code !== undefined) {
    const output = reader.field('out');
    return {
      kind: 'returned',
      t,
      label: command,
      code: Number(code),
      output: output.isAbsent ? [] : output.list().map((line) => line.string()),
    };
  }
  const [, label = '', status, message = ''] = /^(.*) REFUSED (\d+): (.*)$/s.exec(text) ?? [];
  if (status !== undefined) return { kind: 'refused', t, label, status: Number(status), message };
  return { kind: text.startsWith('wait ') ? 'waited' : 'action', t, label: text };
}
