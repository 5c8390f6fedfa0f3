import { expect, it } from 'vitest';
import { differs } from './compared.ts';

it.each([
  [{ a: 0, b: 0, ratio: null }, false],
  [{ a: 'never', b: 'never', ratio: null }, false],
  [{ a: 0, b: 0.1, ratio: null }, true],
  [{ a: 2, b: 'never', ratio: null }, true],
  [{ a: null, b: 0, ratio: null }, true],
  [{ a: 2, b: 2.04, ratio: 1.02 }, false],
  [{ a: 2, b: 1.8, ratio: 0.9 }, true],
  [{ a: 0, b: 0, ratio: null, says: 'worse' }, true],
  [{ a: 2, b: 2, ratio: 1, says: 'different' }, true],
] as const)('%j differs: %s', (measure, expected) => {
  expect(differs(measure)).toBe(expected);
});
