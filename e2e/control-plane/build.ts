import { readConfig } from '../config.js';
import { EXIT } from '../lib/exit-codes.js';
import type { Report } from './go-tools.js';
import type { Part } from './parts.js';
import { allParts, providePart } from './parts.js';

/**
 * `node --import tsx e2e/control-plane/build.ts [PART...]`: makes the named parts available, by default the control plane, and Prometheus and NGINX
 * where they can be had. `all` is every part. Exit codes: lib/exit-codes.ts; 77 when a part that was asked for, or the control plane, cannot be had
 * here, with reason and remedy on stderr.
 */
async function main(args: readonly string[]): Promise<number> {
  const config = readConfig();
  const report: Report = (line) => process.stderr.write(`${line}\n`);
  const parts = parseParts(args);
  if (parts === undefined) {
    report(`usage: build.ts [${allParts.join('|')}|all]...`);
    return EXIT.usage;
  }
  if (config.kubeconfig !== undefined && parts.includes('control-plane')) {
    report(`E2E_KUBECONFIG is set: stories run on the cluster of ${config.kubeconfig}; only kubectl is taken from the built control plane`);
  }
  let exitCode: number = EXIT.ok;
  for (const part of parts) {
    const state = await providePart(part, { config, report, now: () => Date.now() });
    if (state.kind === 'ready') {
      for (const [name, file] of Object.entries(state.programs)) process.stdout.write(`${name} ${file}\n`);
      continue;
    }
    report(`skipped: ${part}: ${state.reason}\n${state.remedy}`);
    if (args.length > 0 || part === 'control-plane') exitCode = EXIT.skipped;
  }
  return exitCode;
}

function parseParts(args: readonly string[]): readonly Part[] | undefined {
  if (args.length === 0) return ['control-plane', 'prometheus', 'nginx'];
  if (args.includes('all')) return allParts;
  const parts = args.filter((arg): arg is Part => allParts.some((part) => part === arg));
  return parts.length === args.length ? parts : undefined;
}

process.exitCode = await main(process.argv.slice(2));
