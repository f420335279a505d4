/**
 * Does something with every item, at most `lanes` at the same time, started in their order.
 *
 * @returns the results in the order of the items
 */
export async function inParallel<A, B>(items: readonly A[], lanes: number, act: (item: A) => Promise<B>): Promise<readonly B[]> {
  const results: B[] = [];
  const queue = [...items.entries()];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await act(next[1]);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
