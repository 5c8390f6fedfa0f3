import { startTimeline } from './timeline.js';

/** Timelines are drawn when they come near the window: of fifty trials a page need not draw all to be opened. */

/** @type {Map<HTMLElement, ReturnType<typeof startTimeline>>} */
const started = new Map();

/** @param {HTMLElement} root */
function start(root) {
  if (!started.has(root)) started.set(root, startTimeline(root));
}

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) start(/** @type {HTMLElement} */ (target));
  },
  { rootMargin: '600px' },
);
const roots = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[data-timeline]')]);
for (const root of roots) watcher.observe(root);

function redraw() {
  for (const { draw } of started.values()) draw();
}

let width = document.documentElement.clientWidth;
let due = 0;
addEventListener('resize', () => {
  if (document.documentElement.clientWidth === width) return;
  width = document.documentElement.clientWidth;
  clearTimeout(due);
  due = setTimeout(redraw, 120);
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

/** What a link leads to is opened, with all that it stands in. */
function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  for (let at = target; at !== null; at = at.parentElement) if (at instanceof HTMLDetailsElement) at.open = true;
  target?.scrollIntoView();
}
addEventListener('hashchange', openTarget);
if (location.hash !== '') openTarget();

/** On paper nothing can be opened: every trial is, and drawn. */
/** @type {HTMLDetailsElement[]} */
let opened = [];
let onPaper = false;
function toPaper() {
  // a window that is printed says so twice
  if (onPaper) return;
  onPaper = true;
  opened = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll('details.trial:not([open])')]);
  for (const trial of opened) trial.open = true;
  for (const root of roots) start(root);
  redraw();
}
function fromPaper() {
  onPaper = false;
  for (const trial of opened) trial.open = false;
  opened = [];
  redraw();
}
addEventListener('beforeprint', toPaper);
addEventListener('afterprint', fromPaper);
matchMedia('print').addEventListener('change', ({ matches }) => (matches ? toPaper : fromPaper)());
