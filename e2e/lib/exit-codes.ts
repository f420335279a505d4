/**
 * Exit codes of the commands in `e2e/`, so that a Makefile or a CI script can tell them apart.
 * 77 is what automake's test drivers take for "skipped"; the reason stands on stderr, prefixed `skipped:`.
 */
export const EXIT = { ok: 0, failed: 1, usage: 2, skipped: 77 } as const;
