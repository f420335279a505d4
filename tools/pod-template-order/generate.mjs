/**
 * Writes src/core/rollout/hash/pod-template-order.generated.ts from the published Go types of Kubernetes (needs Go):
 * `node tools/pod-template-order/generate.mjs`. Commit what it writes.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

const here = import.meta.dirname;
const json = execFileSync('go', ['run', '.'], { cwd: here, encoding: 'utf8' });
const types = Object.entries(JSON.parse(json)).map(([name, fields]) => `  ${name}: ${JSON.stringify(fields)},`);
const text = `// Made by tools/pod-template-order from the Go types of k8s.io/api; do not edit.
/* prettier-ignore */
export const podTemplateTypes: Readonly<Record<string, readonly (readonly [name: string, kind: string, options: string])[]>> = {
${types.join('\n')}
};
`;
writeFileSync(path.join(here, '../../src/core/rollout/hash/pod-template-order.generated.ts'), text);
