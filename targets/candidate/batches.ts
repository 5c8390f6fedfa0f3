/** Pieces of `items`, at most `size` long: what may be open or running at the same time when there are thousands. */
export function* batches<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
