/** The page: which of its views an address asks for, and the way from one to the next. */
import { comparePage } from './compare-page.ts';
import { el, fill } from './dom.ts';
import { runPage } from './run-page.ts';
import { runsPage } from './runs-page.ts';
import { trendsPage } from './trends-page.ts';
import type { View } from './view.ts';

const VIEWS: readonly (readonly [pattern: RegExp, view: View])[] = [
  [/^\/$/, runsPage],
  [/^\/trends$/, trendsPage],
  [/^\/compare$/, comparePage],
  [/^\/runs\/([^/]+)$/, runPage],
];

const LINKS = [
  ['/', 'Runs'],
  ['/trends', 'Trends'],
] as const;

const main = el('main', { id: 'main', tabindex: -1 });
const links = LINKS.map(([href, text]) => el('a', { href }, text));
const header = el(
  'header',
  { class: 'top' },
  el('a', { class: 'skip', href: '#main' }, 'To the content'),
  el('a', { class: 'brand', href: '/' }, 'stormproof'),
  el('nav', { 'aria-label': 'Pages' }, ...links),
);
document.body.prepend(header, main);

let leave: () => void = () => undefined;

function show(): void {
  const { pathname } = location;
  leave();
  fill(main);
  for (const link of links) {
    if (link.getAttribute('href') === pathname) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const found = VIEWS.find(([pattern]) => pattern.test(pathname));
  if (found === undefined) {
    fill(main, el('p', { class: 'empty' }, 'There is no such page.'));
    return;
  }
  const [pattern, view] = found;
  const [, name = ''] = pattern.exec(pathname) ?? [];
  leave = view(main, { name: decodeURIComponent(name), query: new URLSearchParams(location.search), go, note });
}

function go(path: string): void {
  history.pushState(null, '', path);
  show();
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
}

/** Keeps what was chosen on a page in its address, for a reload and for whoever is sent it. */
function note(query: URLSearchParams): void {
  const text = query.toString();
  history.replaceState(null, '', `${location.pathname}${text === '' ? '' : `?${text}`}`);
}

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname.startsWith('/api/') || link.target !== '' || url.hash !== '') return;
  event.preventDefault();
  go(url.pathname + url.search);
});
addEventListener('popstate', show);
show();
