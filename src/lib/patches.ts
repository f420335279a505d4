/** The three kinds of patches an API server takes besides server-side apply. */
export { applyJsonPatch } from './json-patch.js';
export { applyMergePatch, createMergePatch } from './merge-patch.js';
export { mergeSchemaOf } from './merge-keys.js';
export { applyStrategicMerge } from './strategic-merge.js';
