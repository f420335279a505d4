import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { realScheduler } from '../../src/lib/scheduler.js';
import { checkKubectl } from '../../src/local-cluster/https/kubectl-check.js';
import { findOnPath, readConfig } from '../config.js';
import { findPart } from '../control-plane/parts.js';
import { EXIT } from '../lib/exit-codes.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** `kubectl [PROGRAM]`: plays what people do with kubectl against the local cluster; without a program: the one of the control plane, or of PATH. */
export async function playKubectl([program]: readonly string[]): Promise<number> {
  const config = readConfig();
  const plane = findPart('control-plane', config);
  const kubectl = program ?? (plane.kind === 'ready' ? plane.programs['kubectl'] : undefined) ?? findOnPath(config, 'kubectl');
  if (kubectl === undefined) {
    print('skipped: kubectl against the local cluster (no kubectl on PATH)');
    return EXIT.skipped;
  }
  const folder = join(config.repoRoot, 'crds');
  const definitions = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name));
  const { passed, failed } = await checkKubectl({ scheduler: realScheduler(), kubectl, definitions, print });
  print(`${passed} passed, ${failed} failed, 0 skipped`);
  return failed > 0 ? EXIT.failed : EXIT.ok;
}
