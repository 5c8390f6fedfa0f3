/** SVG markup as strings. */
import { printable } from './cells.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for between tags or in an attribute: nothing in it is markup, and no character is one that XML forbids. */
export function text(raw: string): string {
  return printable(raw)
    .replaceAll(/[\ufffe\uffff]/g, '?')
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** An element. Attribute values are escaped here; children are markup already. Lengths are rounded to a tenth of a pixel. */
export function element(name: string, attributes: Readonly<Record<string, string | number>>, ...children: string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === 'number' ? px(value) : text(value)}"`);
  const inner = children.join('');
  return inner === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${inner}</${name}>`;
}

export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
