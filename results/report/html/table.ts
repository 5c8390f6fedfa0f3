/** Tables: what stands behind every picture, and much that needs none. */
import { html, joined, type Markup } from './markup.ts';
import { worstOf } from './worst.ts';

export type Cell = Markup | string | number;

export interface TableText {
  /** what it is about, for who meets it out of its place */
  readonly caption: string;
  /** a head that begins with `#` is of a column of figures, set to the right */
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** rows that are shown; of the others the table says how many there are, and where */
  readonly most?: number;
  /** how bad each row is: where not all are shown the worst are, and without it the first */
  readonly weights?: readonly number[];
}

/** A table that scrolls by itself where it is too wide; nothing where it has no rows. */
export function table({ caption, head, rows, most = 400, weights = [] }: TableText): Markup | undefined {
  if (rows.length === 0) return undefined;
  const figures = head.map((each) => each.startsWith('#'));
  const cell = (content: Cell, at: number): Markup => {
    if (at === 0) return html`<th scope="row">${content}</th>`;
    return figures[at] ? html`<td class="n">${content}</td>` : html`<td>${content}</td>`;
  };
  const weighed = rows.map((row, at) => ({ row, weight: weights[at] ?? 0 }));
  const { kept, left } = worstOf(weighed, most, ({ weight }) => weight);
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption><span>${caption}</span></caption>
<thead><tr>${head.map((each, at) => html`<th scope="col"${figures[at] ? html` class="n"` : undefined}>${each.replace(/^#/, '')}</th>`)}</tr></thead>
<tbody>${kept.map(({ row }) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table></div>
${left > 0 ? html`<p class="soft">and ${left} more in history.jsonl${weights.length > 0 ? ', none of them worse' : ''}</p>` : undefined}`;
}

/** The same, folded away behind its picture. */
export function folded(summary: string, content: readonly (Markup | undefined)[]): Markup | undefined {
  const parts = content.filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : html`<details class="behind"><summary>${summary}</summary>${parts}</details>`;
}

/** A part of a trial or of the page, with a heading of the given level; nothing where it has nothing to say. */
export function part(level: 2 | 3, title: string, content: readonly (Markup | undefined)[], id?: string): Markup | undefined {
  const parts = content.filter((each) => each !== undefined);
  if (parts.length === 0) return undefined;
  const heading = level === 2 ? html`<h2>${title}</h2>` : html`<h3>${title}</h3>`;
  return html`<section${id === undefined ? undefined : html` id="${id}"`}>${heading}\n${joined(parts)}</section>\n`;
}

/** Sentences one below the other. */
export const sentences = (texts: readonly string[]): Markup | undefined =>
  texts.length === 0 ? undefined : html`<ul class="plain">${texts.map((text) => html`<li>${text}</li>`)}</ul>`;

/** Names and what they are, as facts are listed. */
export const facts = (pairs: readonly (readonly [name: string, value: Cell])[]): Markup | undefined =>
  pairs.length === 0 ? undefined : html`<dl>${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
