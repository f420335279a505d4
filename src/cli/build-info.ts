export { buildInfo, type BuildInfo } from '../lib/build-info.js';
