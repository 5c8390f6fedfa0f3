import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FLOODS_PAGE, floodsPage } from './floods-page.ts';

it('docs/floods.md is up to date (npm run docs)', () => {
  expect(readFileSync(FLOODS_PAGE, 'utf8')).toBe(floodsPage());
});
