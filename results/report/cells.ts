/** Text for a terminal of a given width. Titles come from kernels under attack: anything may stand in them. */

/** Two cells wide in every terminal: East Asian scripts, fullwidth forms and emoji. */
const WIDE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
/** Combining marks stand on the cell before. */
const ZERO = /\p{Mn}|\p{Me}|\u200b/u;

/**
 * `text` on one line and without anything that a terminal would obey: control, format and lone surrogate characters become `?`. Nor the runners of
 * GitHub and Azure, for which `##[` begins a command wherever it stands in a log.
 */
export function printable(text: string): string {
  return text
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, '?')
    .replaceAll('##[', '##(')
    .trim();
}

/** How many cells a printable text takes. */
export function cells(text: string): number {
  let count = 0;
  for (const character of text) count += cellsOf(character);
  return count;
}

/** `text` cut to `width` cells, with an ellipsis where something is missing. */
export function clip(text: string, width: number): string {
  if (cells(text) <= width) return text;
  return width < 1 ? '' : `${head(text, width - 1)}…`;
}

/** `text` as lines of at most `width` cells (the first of at most `first`), broken at spaces where there are any. At least one line. */
export function wrap(text: string, width: number, first: number = width): string[] {
  const lines: string[] = [];
  // A double-width character needs two cells, however little room there is.
  const room = () => Math.max(2, lines.length === 0 ? first : width);
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (cells(joined) <= room()) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (cells(line) > room()) {
      const part = head(line, room());
      lines.push(part);
      line = line.slice(part.length);
    }
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

function head(text: string, width: number): string {
  let used = 0;
  let taken = '';
  for (const character of text) {
    used += cellsOf(character);
    if (used > width) break;
    taken += character;
  }
  return taken;
}

function cellsOf(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  if (WIDE.test(character)) return 2;
  return ZERO.test(character) ? 0 : 1;
}
