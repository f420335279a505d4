export { renderKubeconfig } from './kubeconfig.js';
export type { HttpsFace } from './server.js';
export { startHttpsFace } from './server.js';
