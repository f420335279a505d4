import { buildInfo } from '../build-info.js';

/** `version [--short]`. cli-dashboard-gitops 1.11. */
export function versionText(program: string, isShort: boolean): string {
  const { version, commit, date, treeState } = buildInfo();
  const head = `${program}: v${version}${commit === '' ? '' : `+${commit.slice(0, 7)}`}\n`;
  if (isShort) return head;
  return [
    head.trimEnd(),
    `  BuildDate: ${date}`,
    `  GitCommit: ${commit}`,
    `  GitTreeState: ${treeState}`,
    `  NodeVersion: ${process.version}`,
    `  Platform: ${process.platform}/${process.arch}`,
    '',
  ].join('\n');
}
