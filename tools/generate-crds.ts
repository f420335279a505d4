/** Writes crds/*.yaml below the folder it is given: `node --import tsx tools/generate-crds.ts FOLDER`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { customResourceDefinitions } from '../src/api/schema/crds.js';
import { renderYaml } from './crd-yaml.js';

const folder = path.join(process.argv[2] ?? '.', 'crds');
mkdirSync(folder, { recursive: true });
for (const definition of customResourceDefinitions) {
  writeFileSync(
    path.join(folder, `${definition.spec.names.singular}.yaml`),
    `# Generated from src/api/schema; make crds\n${renderYaml(definition)}`,
  );
}
