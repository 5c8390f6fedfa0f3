/** Labels beside a picture's lines: broken into lines of letters, and moved up or down until none stands on another. */
import { printable, wrap } from './cells.ts';
import { type Layout, widthOf } from './picture.ts';

/** A label of at most `most` lines, each of about the given width; where it is too long its last line lacks the middle, since ends tell names apart. */
export function broken(label: string, room_px: number, layout: Layout, most: number): string[] {
  const letters = Math.max(4, Math.floor(room_px / widthOf('n', layout, 'bold')));
  const lines = wrap(printable(label), letters);
  if (lines.length <= most) return lines;
  const rest = [...lines.slice(most - 1).join(' ')];
  const head = Math.floor((letters - 1) / 2);
  return [...lines.slice(0, most - 1), `${rest.slice(0, head).join('')}…${rest.slice(head + 1 - letters).join('')}`];
}

/**
 * The tops of blocks of the given heights, each as near to its wanted middle as those above it let it be, none below `bottom`. They must be in the order
 * of their middles, and all fit in between.
 */
export function stacked(blocks: readonly { readonly middle: number; readonly height: number }[], top: number, bottom: number): number[] {
  let free = top;
  const pushed = blocks.map(({ middle, height }) => {
    const at = Math.max(free, middle - height / 2);
    free = at + height;
    return at;
  });
  let end = bottom;
  return pushed
    .toReversed()
    .map((at, index) => {
      end = Math.min(at, end - (blocks.at(-1 - index)?.height ?? 0));
      return end;
    })
    .toReversed();
}
