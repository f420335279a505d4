import type { Story } from '../fixture/story.js';
import { stories as canary } from './canary.story.js';
import { stories as faults } from './faults.story.js';
import { stories as plugin } from './plugin.story.js';
import { stories as prometheus } from './prometheus.story.js';
import { stories as requests } from './requests.story.js';

/** Every story there is. */
export const allStories: readonly Story[] = [...canary, ...faults, ...plugin, ...prometheus, ...requests];
