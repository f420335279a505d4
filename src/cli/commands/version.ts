import { buildInfo } from '../build-info.js';

/** `version [--short]`. cli-dashboard-gitops 1.11. */
export function versionText(program: string, isShort: boolean): string {
  const { version, commit, date, treeState } = buildInfo();
  const head = `${program}: v${version}${commit === '' ? '' : `+${commit.slice(0, 7)}`}`;
  if (isShort) return `${head}\n`;
  const rows = { BuildDate: date, GitCommit: commit, GitTreeState: treeState, NodeVersion: process.version, Compiler: 'v8', Platform: platform() };
  return `${[head, ...Object.entries(rows).map(([key, value]) => `  ${key}: ${value}`.trimEnd())].join('\n')}\n`;
}

function platform(): string {
  return `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`;
}
