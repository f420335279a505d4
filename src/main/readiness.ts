import type { EndpointAnswer } from '../telemetry/index.js';

/** What a readiness probe looks at. */
export type Stage =
  | { readonly kind: 'starting' }
  /** Waits for the lease: ready to take over. */
  | { readonly kind: 'standby' }
  | { readonly kind: 'leading'; readonly unsynced: () => readonly string[] }
  | { readonly kind: 'stopping' };

/** Ready: on stand-by, or leading with complete caches; the text says what is missing. */
export function readinessOf(stage: Stage): EndpointAnswer {
  switch (stage.kind) {
    case 'starting':
    case 'stopping':
      return { status: 503, text: `${stage.kind}\n` };
    case 'standby':
      return { status: 200, text: 'standby\n' };
    case 'leading': {
      const unsynced = stage.unsynced();
      return unsynced.length === 0
        ? { status: 200, text: 'leading\n' }
        : { status: 503, text: `waiting for the first list of ${unsynced.join(', ')}\n` };
    }
  }
}
