export { nearestName } from '../lib/nearest.js';
