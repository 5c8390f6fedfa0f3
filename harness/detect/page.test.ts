import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { KINDS } from './kinds.ts';
import { PAGE, page } from './page.ts';

it('docs/events.md is up to date (npm run docs)', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(page());
});

it('tells of every kind', () => {
  for (const kind of Object.keys(KINDS)) expect(page()).toContain(`\n### ${kind}\n`);
});
