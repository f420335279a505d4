import type { KubeObject } from '../../src/api/kube.js';
import type { Cluster } from '../../src/cluster/cluster.js';
import { ControllerError } from '../../src/lib/errors.js';
import type { Scheduler } from '../../src/lib/scheduler.js';
import { until } from '../lib/until.js';

/** One answer of a server, ready to be compared: labels, and content without what differs from server to server. */
export interface Answer {
  readonly label: string;
  readonly content: unknown;
}

/** The same requests are sent to both servers through one of these each. */
export interface Recorder {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** Keeps an answer or a refusal. @returns the answer as it came, undefined when it was refused */
  readonly answer: <T>(label: string, request: Promise<T>) => Promise<T | undefined>;
  /** Keeps something that was found out another way. */
  readonly fact: (label: string, content: unknown) => void;
  /** Repeats a request until `isThere` likes its answer, at most 15 seconds: for what controllers do by and by. */
  readonly eventually: <T>(what: string, request: () => Promise<T>, isThere: (answer: T) => boolean) => Promise<T>;
  readonly answers: readonly Answer[];
}

export interface RecorderOptions {
  /** Keep managedFields, without their times. */
  readonly managedFields?: boolean;
}

export function recorder(cluster: Cluster, scheduler: Scheduler, namespace: string, options: RecorderOptions = {}): Recorder {
  const answers: Answer[] = [];
  const names = new Names(namespace);
  const keep = (label: string, content: unknown): void => {
    answers.push({ label, content: names.normalise(content, options.managedFields ?? false) });
  };
  return {
    cluster,
    namespace,
    answers,
    fact: keep,
    answer: async (label, request) => {
      try {
        const found = await request;
        keep(label, found);
        return found;
      } catch (error) {
        keep(label, refusal(error));
        return undefined;
      }
    },
    eventually: (what, request, isThere) =>
      until(
        async () => {
          const found = await request();
          return isThere(found) ? found : undefined;
        },
        { scheduler, timeoutMs: 15_000, what },
      ),
  };
}

/** Code, HTTP status and message; other fields name the caller's request, which is the same on both sides. */
function refusal(error: unknown): unknown {
  if (!(error instanceof ControllerError)) throw error;
  return { refused: error.code, status: error.fields['status'], message: error.message };
}

/** Replaces uids, versions, times, generated names and addresses by placeholders in order of appearance. */
class Names {
  private readonly known = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  constructor(private readonly namespace: string) {}

  normalise(value: unknown, managedFields: boolean): unknown {
    return this.inner(value === undefined ? null : JSON.parse(JSON.stringify(value)), [], managedFields);
  }

  private inner(value: unknown, path: readonly string[], managedFields: boolean): unknown {
    const key = path.at(-1) ?? '';
    if (typeof value === 'string') return this.text(value, key, path);
    if (Array.isArray(value)) return value.map((item) => this.inner(item, [...path, '[]'], managedFields));
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([name]) => name !== 'managedFields' || managedFields);
    return Object.fromEntries(kept.map(([name, inner]) => [name, this.inner(inner, [...path, name], managedFields)]));
  }

  private text(value: string, key: string, path: readonly string[]): string {
    if (key === 'uid') return this.name('uid', value);
    if (key === 'resourceVersion') return this.name('version', value);
    if (key === 'continue') return '<continue>';
    if (key === 'clusterIP' || path.at(-2) === 'clusterIPs') return '<address>';
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return '<time>';
    return value
      .replaceAll(this.namespace, 'NS')
      .replace(uid, (found) => this.name('uid', found))
      .replace(/(ResourceVersion[^\d]*|record \(|precondition \()\d+/g, '$1<number>');
  }

  private name(family: string, value: string): string {
    const known = this.known.get(`${family} ${value}`);
    if (known !== undefined) return known;
    const count = (this.counts.get(family) ?? 0) + 1;
    this.counts.set(family, count);
    const name = `<${family} ${count}>`;
    this.known.set(`${family} ${value}`, name);
    return name;
  }
}

const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** One place where two servers answer differently. */
export interface Deviation {
  /** `LABEL.INDEX.PATH`: which answer, and where in it. */
  readonly place: string;
  readonly real: unknown;
  readonly local: unknown;
}

/** What differs between two lists of answers, place by place. */
export function compareAnswers(real: readonly Answer[], local: readonly Answer[]): readonly Deviation[] {
  const labels = [...new Set([...real, ...local].map(({ label }) => label))];
  return labels.flatMap((label) => {
    const [wanted, found] = [real, local].map((answers) =>
      answers.filter((answer) => answer.label === label).map(({ content }) => content),
    );
    return deviations(wanted, found, label);
  });
}

export function renderDeviation({ place, real, local }: Deviation): string {
  return `${place}: ${brief(local)} instead of ${brief(real)}`;
}

function deviations(real: unknown, local: unknown, place: string): readonly Deviation[] {
  if (isContainer(real) && isContainer(local) && Array.isArray(real) === Array.isArray(local)) {
    const keys = [...new Set([...Object.keys(real), ...Object.keys(local)])];
    return keys.flatMap((key) => deviations(real[key], local[key], `${place}.${key}`));
  }
  return JSON.stringify(real) === JSON.stringify(local) ? [] : [{ place, real, local }];
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** The version an object has, for preconditions. */
export function versionOf(object: KubeObject | undefined): string {
  return object?.metadata.resourceVersion ?? '0';
}
