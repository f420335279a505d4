export interface BuildInfo {
  /** Semantic version without `v`. */
  readonly version: string;
  /** '' when built outside a git checkout. */
  readonly commit: string;
  /** RFC 3339. */
  readonly date: string;
  readonly treeState: string;
}

declare const SLUICE_BUILD: BuildInfo | undefined;

/** What the build wrote in; run from source it is a development version. */
export function buildInfo(): BuildInfo {
  if (typeof SLUICE_BUILD === 'undefined') return { version: '0.0.0-dev', commit: '', date: '', treeState: '' };
  return SLUICE_BUILD;
}
