import type { Story } from '../fixture/story.js';
import { stories as canary } from './canary.story.js';
import { stories as faults } from './faults.story.js';
import { stories as plugin } from './plugin.story.js';

/** Every story there is. */
export const allStories: readonly Story[] = [...canary, ...faults, ...plugin];
