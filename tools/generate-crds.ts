/** Writes crds/*.yaml below the folder it is given: `node --import tsx tools/generate-crds.ts FOLDER`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { customResourceDefinitions } from '../src/api/schema/crds.js';
import { renderYaml } from './crd-yaml.js';

/** Without an extension, so that `kubectl apply -f crds/` passes it over while kustomize finds it. */
const kustomization = {
  apiVersion: 'kustomize.config.k8s.io/v1beta1',
  kind: 'Kustomization',
  resources: customResourceDefinitions.map(({ spec }) => fileOf(spec.names.singular)),
};

const folder = path.join(process.argv[2] ?? '.', 'crds');
mkdirSync(folder, { recursive: true });
for (const definition of customResourceDefinitions) write(fileOf(definition.spec.names.singular), definition);
write('Kustomization', kustomization);

function fileOf(singular: string): string {
  return `${singular}.yaml`;
}

function write(file: string, content: unknown): void {
  writeFileSync(path.join(folder, file), `# Generated from src/api/schema; make crds\n${renderYaml(content)}`);
}
