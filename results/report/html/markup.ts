/** Markup that cannot be forged: whatever is put into a template is text and is escaped, unless a template made it. */

/** A piece of finished markup. Only `html`, `joined` and `trusted` make one. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

type Part = Markup | string | number | undefined | readonly Part[];

/** A template: texts and numbers in it are escaped, lists are put one after the other, undefined is nothing. */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(pieces.reduce((whole, piece, at) => whole + written(parts[at - 1]) + piece));
}

/** Pieces one after the other. */
export const joined = (parts: readonly Part[]): Markup => new Markup(written(parts));

/** Takes markup as it is: for files of this program and for pictures whose texts are escaped already, never for anything that was read. */
export const trusted = (markup: string): Markup => new Markup(markup);

function written(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  return typeof part === 'object' ? part.map(written).join('') : escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;' };

/** Text for between tags or in a quoted attribute. What would move, hide or turn letters round (control, format, surrogate characters) becomes `�`. */
export const escaped = (raw: string): string => plain(raw).replaceAll(/[&<>"'`]/g, (character) => ENTITIES[character] as string);

/** Without characters that are no letters, but for tabs. */
export const plain = (raw: string): string => raw.replaceAll(/[^\P{C}\t]|[\ufffe\uffff]/gu, '\ufffd');

/** JSON as the text of a script block that is data: no `<` in it could end the block, and no line separator is left as it is. */
export const jsonBlock = (value: unknown): Markup =>
  new Markup(
    JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
