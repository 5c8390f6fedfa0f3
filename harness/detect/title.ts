/** How a title reads: the same for the same bug, so that addresses, offsets and numbers, which say which case it was, do not stand in it. */

/** what is longer is mixed with something else */
const LIMIT_CHARS = 120;

const STABLE: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/(?<=[^a-zA-Z0-9])(?:0x)?[0-9a-f]{6,}/g, 'ADDR'],
  [/\d{1,3}(?:\.\d{1,3}){3}/g, 'IP'],
  [/(\.[A-Za-z]\w*)(?::\d+)+/g, '$1:LINE'],
  [/([a-zA-Z][\w.]+)\+0x[0-9a-z]+\/0x[0-9a-z]+/g, '$1'],
  [/CPU#\d+/g, 'CPU'],
  [/(?<=\W)\d+(?=\W|$)/g, 'NUM'],
  [/\d{7,}/g, 'NUM'],
];

/** `unknown-block(0,0)` to `unknown-block(NUM,NUM)`, `foo+0x12/0x34` to `foo`, and blanks made one. */
export function stable(text: string): string {
  const printable = text
    .replaceAll(/[^ -~\t]/g, '')
    .replaceAll(/[ \t]+/g, ' ')
    .trim();
  const same = STABLE.reduce((sofar, [pattern, instead]) => sofar.replaceAll(pattern, instead), ` ${printable}`);
  return same.trim().slice(0, LIMIT_CHARS).trim();
}

type Groups = Readonly<Record<string, string | undefined>>;

/** `{group}` is replaced; a part in `[…]` vanishes when a group in it is missing, elsewhere `missing` says what stands for it. */
export function fill(template: string, groups: Groups, missing: Groups = {}): string {
  const has = (key: string | undefined): boolean => groups[key ?? ''] !== undefined && groups[key ?? ''] !== '';
  return template
    .replaceAll(/\[([^\]]*)\]/g, (_, part: string) => ([...part.matchAll(/\{(\w+)\}/g)].every(([, key]) => has(key)) ? part : ''))
    .replaceAll(/\{(\w+)\}/g, (_, key: string) => groups[key] ?? missing[key] ?? '')
    .trim();
}
