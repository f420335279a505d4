import { setMaxListeners } from 'node:events';

/** An AbortController whose signal lives long and may be waited for by many at a time; Node takes more than ten for a leak and warns. */
export function sharedAbort(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/**
 * A signal that aborts, with the same reason, as soon as one of the given ones does. `done` unties it from them.
 * Not AbortSignal.any: on Node 20 that keeps a dependant of a long-lived signal for ever, and we tie one to each call.
 */
export function linkSignals(...sources: readonly (AbortSignal | undefined)[]): {
  readonly signal: AbortSignal;
  readonly abort: (reason?: unknown) => void;
  readonly done: () => void;
} {
  const controller = sharedAbort();
  const listeners = sources.flatMap((source) =>
    source === undefined ? [] : [{ source, listener: () => controller.abort(source.reason) }],
  );
  for (const { source, listener } of listeners) {
    if (source.aborted) listener();
    else source.addEventListener('abort', listener, { once: true });
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    done: () => {
      for (const { source, listener } of listeners) source.removeEventListener('abort', listener);
    },
  };
}
