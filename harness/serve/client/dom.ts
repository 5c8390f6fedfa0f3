/** Elements from data. Text only ever becomes text: there is no way from a string to markup in here, and the page's policy forbids every other. */

export type Child = Node | string | number | null | undefined | false;
export type Attributes = Readonly<Record<string, string | number | boolean | undefined | ((event: Event) => void)>>;

/** An element. `onclick` and its like are listeners, `true` is an attribute without a value, false and undefined are none. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes | null = null,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  dress(element, attributes);
  element.append(...present(children));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag: string, attributes: Attributes | null = null, ...children: readonly Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  dress(element, attributes);
  element.append(...present(children));
  return element;
}

function dress(element: Element, attributes: Attributes | null): void {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
}

const present = (children: readonly Child[]): (Node | string)[] =>
  children.flatMap((child) => {
    if (child === null || child === undefined || child === false) return [];
    return [child instanceof Node ? child : String(child)];
  });

/** Replaces what is in an element. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...present(children));
}

/** Sets a text only where it is another: a selection in it is kept. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A choice of one, `''` being all. */
export function choice(
  label: string,
  all: string,
  names: readonly string[],
  chosen: string,
  onChoice: (name: string) => void,
): HTMLElement {
  const options = names.map((name) => el('option', { value: name, selected: name === chosen }, name));
  const select = el('select', { onchange: () => onChoice(select.value) }, all === '' ? null : el('option', { value: '' }, all), ...options);
  return el('label', { class: 'field' }, el('span', null, label), select);
}

/** What the server answers, as JSON. Throws an Error with its words. */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(path, signal === undefined ? {} : { signal });
  if (response.ok) return (await response.json()) as T;
  const text = await response.text();
  throw new Error(text.startsWith('{') ? (JSON.parse(text) as { error: string }).error : text.trim());
}
