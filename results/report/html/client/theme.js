/** Colours come from the style sheet, so that light, dark and paper are told apart in one place. */

const probe = document.createElement('canvas').getContext('2d');

/**
 * A colour of the style sheet by its custom property, `--ink`.
 * @param {string} name
 */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Series are told apart by colour and by dashes. */
export const DASHES = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 3]];

/**
 * @param {number} index
 */
export function seriesLook(index) {
  return { stroke: colour(`--series-${(index % 6) + 1}`), dash: /** @type {number[]} */ (DASHES[index % DASHES.length]) };
}

/**
 * The same colour, nearly transparent.
 * @param {string} hex `#rrggbb`
 * @param {number} alpha
 */
export function faded(hex, alpha) {
  if (probe === null) return hex;
  probe.fillStyle = hex;
  return `${probe.fillStyle}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
}
