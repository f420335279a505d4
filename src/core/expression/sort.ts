import { orderOf } from './convert.js';
import type { Budget } from './limits.js';
import type { GoValue } from './value.js';

/** Orders by a key of each item; equal ones keep their order. */
export function sortStable<T>(items: readonly T[], keyOf: (item: T) => GoValue, descending: boolean, budget: Budget): readonly T[] {
  return items.toSorted((left, right) => {
    budget.step();
    const order = orderOf(keyOf(left), keyOf(right), '<', budget);
    return descending ? -order : order;
  });
}
