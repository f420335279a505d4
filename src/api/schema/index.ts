export type { CustomResourceDefinition } from './crds.js';
export { crdSchemas, customResourceDefinitions } from './crds.js';
export type { Rule, Schema } from './schema.js';
