import { buildInfo } from '../../lib/build-info.js';

export interface VersionOptions {
  readonly short: boolean;
  readonly output: 'json' | undefined;
}

/** `version [--short] [-o json]`. cli-dashboard-gitops 1.11. */
export function versionText(program: string, options: VersionOptions): string {
  const { version, commit, date, treeState } = buildInfo();
  const full = `v${version}${commit === '' ? '' : `+${commit.slice(0, 7)}`}`;
  if (options.short) return `${program}: ${full}\n`;
  const rows = { BuildDate: date, GitCommit: commit, GitTreeState: treeState, NodeVersion: process.version, Platform: platform() };
  if (options.output === 'json') return `${JSON.stringify({ Version: full, ...rows }, undefined, 2)}\n`;
  return [`${program}: ${full}`, ...Object.entries(rows).map(([key, value]) => `  ${key}: ${value}`.trimEnd()), ''].join('\n');
}

function platform(): string {
  return `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`;
}
