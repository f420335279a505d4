export { renderKubeconfig } from './kubeconfig.js';
export type { HttpsFace, HttpsOptions } from './server.js';
export { startHttpsFace } from './server.js';
