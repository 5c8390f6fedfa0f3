/** For tests: what is looked at inside of the page. Each of these is sent there as it is, and so knows nothing but the page. */

/** Opens all that can be opened. */
export function openAll() {
  for (const each of document.querySelectorAll('details')) each.open = true;
}

/** How far the page could be scrolled sideways, and how wide it is. */
export const widths = () => [document.documentElement.scrollWidth, document.documentElement.clientWidth];

/**
 * How many different colours a chart shows.
 * @param {number} at
 */
export function coloursOf(at) {
  const canvas = /** @type {HTMLCanvasElement | undefined} */ (document.querySelectorAll('.plot canvas')[at]);
  const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  const seen = new Set();
  for (let byte = 0; byte < pixels.length; byte += 4)
    seen.add(((pixels[byte] ?? 0) << 16) | ((pixels[byte + 1] ?? 0) << 8) | (pixels[byte + 2] ?? 0));
  return seen.size;
}

/** What stands below the curves. */
export const said = () => document.querySelector('.said')?.textContent ?? '';

/** Whether something ran that should not, and the colour of the text. */
export const pwned = () => 'pwned' in window;
export const inkOf = () => getComputedStyle(document.body).color;

/** The page as somebody hears it. */
export function outline() {
  return {
    levels: [...document.querySelectorAll('h1,h2,h3,h4')].map((each) => Number(each.tagName[1])),
    nameless: [...document.querySelectorAll('button, a, summary, [tabindex="0"], [role=img], table')]
      .filter((each) => !(each.textContent?.trim() || each.getAttribute('aria-label')))
      .map((each) => each.outerHTML.slice(0, 80)),
    landmarks: ['header', 'nav', 'main'].map((each) => document.querySelectorAll(each).length),
    language: document.documentElement.lang,
  };
}

/** Texts whose contrast with what is behind them is too low: relative luminance of WCAG 2.2, 3 for large text and 4.5 for other (1.4.3, AA). */
export function faintTexts() {
  const parsed = (/** @type {string} */ text) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return { red, green, blue, alpha };
  };
  const luminance = (/** @type {ReturnType<typeof parsed>} */ { red, green, blue }) => {
    const linear = (/** @type {number} */ value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  };
  const behind = (/** @type {Element} */ element) => {
    for (let at = /** @type {Element | null} */ (element); at !== null; at = at.parentElement) {
      const colour = parsed(getComputedStyle(at).backgroundColor);
      if (colour.alpha > 0) return colour;
    }
    return parsed('rgb(255, 255, 255)');
  };
  /** The bar or lane that a text of the timeline stands on. */
  const barBehind = (/** @type {Element} */ text) => {
    const before = text.previousElementSibling;
    return text.classList.contains('label') && before !== null ? parsed(getComputedStyle(before).fill) : behind(text);
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (element === null || node.textContent?.trim() === '' || element.closest('script, style, noscript, title, svg.picture, .skip'))
      continue;
    if (element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const ink = parsed(element.closest('svg') ? style.fill : style.color);
    const [one, other] = [luminance(ink), luminance(element.closest('svg') ? barBehind(element) : behind(element))];
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < (large ? 3 : 4.5))
      faint.push(`${ratio.toFixed(2)} ${element.tagName}.${element.getAttribute('class')}: ${node.textContent?.trim().slice(0, 40)}`);
  }
  return [...new Set(faint)];
}
