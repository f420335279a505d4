import type { KubeObject } from '../api/kube.js';
import { runReflector, type Selection } from '../cluster/index.js';
import { errorMessage, hasCode } from '../lib/errors.js';
import { linkSignals } from '../lib/signals.js';
import type { Session } from './session.js';

/** With the reflector's pauses in between that is about a minute, enough for an API server to be restarted. */
const mostFailures = 8;

/** Something to follow. An optional one may be missing: who may not read it, or has no such kind, sees the rest. */
export type LiveSelection = Selection & { readonly isOptional?: boolean };

export function isMissingOption(selection: LiveSelection, error: unknown): boolean {
  return selection.isOptional === true && hasCode(error, 'forbidden', 'not-found');
}

export function missingNote({ resource }: LiveSelection, error: unknown): string {
  return `note: ${resource.resource} are not shown: ${errorMessage(error)}\n`;
}

export interface Live {
  /** Settles once everything was listed; rejects as `failed` does. */
  readonly ready: Promise<void>;
  /** Rejects when one of the kinds cannot be read any more; never resolves. */
  readonly failed: Promise<never>;
  /** What keeps it from being up to date; undefined when it is. */
  trouble(): string | undefined;
  /** What there is of the selection of that number, as of the last change. */
  objects(index: number): readonly KubeObject[];
  /** Stops watching and waits until that is done. */
  stop(): Promise<void>;
}

/**
 * Copies of what the server has, kept equal by watches. `onChange` runs after every change once all is listed.
 */
export function follow(session: Session, selections: readonly LiveSelection[], onChange: () => void): Live {
  const stopped = linkSignals(session.io.signal);
  const copies = selections.map((selection) => new Copy(selection));
  let fail: (error: unknown) => void = () => undefined;
  let beReady: () => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  const allListed = new Promise<void>((resolve) => (beReady = resolve));
  const told = (): void => {
    if (!copies.every((copy) => copy.isListed)) return;
    beReady();
    onChange();
  };
  const running = copies.map((copy) => {
    const single = linkSignals(stopped.signal);
    return runReflector({
      ...{ cluster: session.cluster, scheduler: session.scheduler, selection: copy.selection, signal: single.signal },
      sink: copy.sink(told),
      onError: (error, failures) => {
        copy.trouble = errorMessage(error);
        if (isMissingOption(copy.selection, error)) {
          session.io.err(missingNote(copy.selection, error));
          copy.sink(told).replace([]);
          single.abort();
        } else if (!isPassing(error) || failures > mostFailures) fail(error);
      },
    }).finally(single.done);
  });
  const ready = Promise.race([allListed, failed]);
  // Whoever is not interested in the end must not bring the process down.
  for (const promise of [ready, failed]) promise.catch(() => undefined);
  return {
    ready,
    failed,
    trouble: () => copies.find((copy) => copy.trouble !== undefined)?.trouble,
    objects: (index) => [...(copies[index]?.objects.values() ?? [])],
    stop: async () => {
      stopped.abort();
      stopped.done();
      await Promise.allSettled(running);
    },
  };
}

/** What there is of one selection. */
class Copy {
  readonly objects = new Map<string, KubeObject>();
  isListed = false;
  trouble: string | undefined;

  constructor(readonly selection: LiveSelection) {}

  sink(told: () => void): {
    replace(objects: readonly KubeObject[]): void;
    change(type: string, object: KubeObject): void;
    progress(): void;
  } {
    return {
      replace: (objects) => {
        this.trouble = undefined;
        this.isListed = true;
        this.objects.clear();
        for (const object of objects) this.objects.set(object.metadata.uid, object);
        told();
      },
      change: (type, object) => {
        this.trouble = undefined;
        if (type === 'DELETED') this.objects.delete(object.metadata.uid);
        else this.objects.set(object.metadata.uid, object);
        told();
      },
      progress: () => {
        this.trouble = undefined;
      },
    };
  }
}

function isPassing(error: unknown): boolean {
  return hasCode(error, 'unavailable', 'timeout', 'expired', 'too-many-requests');
}
