/** What must hold of any SVG, whatever stands in it. */
import { expect } from 'vitest';

/** Tags balance, nothing is markup that should be text, and every number is one. */
export function expectWellFormed(svg: string): void {
  const open: string[] = [];
  const bare = svg.replaceAll(
    /<(\/?)([a-z]+)((?: [\w:-]+="[^"<>]*")*)(\/?)>/gi,
    (_all, close: string, name: string, _attributes, empty: string) => {
      if (close !== '') expect(open.pop()).toBe(name);
      else if (empty === '') open.push(name);
      return '';
    },
  );
  expect(open).toEqual([]);
  expect(bare).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;|#39;)/);
  expect(svg).not.toMatch(/ (?:x|y|cx|cy|r|width|height|d)="[^"]*(?:NaN|Infinity|undefined)/);
}
