import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DeadlineHeap } from './deadline-heap.js';

const steps = fc.array(
  fc.record({ kind: fc.constantFrom('set', 'delete', 'take'), key: fc.constantFrom(...'abcdefghij'), at: fc.integer({ min: 0, max: 50 }) }),
  { maxLength: 200 },
);

describe('DeadlineHeap', () => {
  it('always has the earliest deadline at hand, one per key', () => {
    fc.assert(
      fc.property(steps, (commands) => {
        const heap = new DeadlineHeap();
        const model = new Map<string, number>();
        for (const { kind, key, at } of commands) {
          if (kind === 'set') {
            heap.set(key, at);
            model.set(key, at);
          } else {
            const victim = kind === 'take' ? heap.earliest()?.key : key;
            if (victim !== undefined) expect(heap.delete(victim)).toBe(model.delete(victim));
          }
          expect(heap.size).toBe(model.size);
          expect(heap.at(key)).toBe(model.get(key));
          expect(heap.earliest()?.at).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
        }
      }),
    );
  });
});
