import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOlder, numbersOf } from './release.ts';

describe('a release', () => {
  it.each([
    ['6.1.0-56-cloud-amd64', [6, 1, 0, 56]],
    ['6.12.117+deb12-cloud-amd64', [6, 12, 117]],
    ['6.8.0-45-generic', [6, 8, 0, 45]],
    ['5.14.0-427.13.1.el9_4.x86_64', [5, 14, 0, 427, 13, 1]],
    ['6.6.30-4k', [6, 6, 30]],
    ['6.2.0-rc1', [6, 2, 0]],
    ['7.1', [7, 1]],
    ['v6.1', []],
    ['', []],
  ])('%j is the numbers that it begins with', (release, numbers) => {
    expect(numbersOf(release)).toEqual(numbers);
  });

  it.each([
    ['6.1.0-9', '6.1.0-56', true],
    ['6.1.0-56', '6.1.0-9', false],
    ['6.1.0-56-cloud-amd64', '6.1.0-56', false],
    ['6.9', '6.12', true],
    ['6.1', '6.1.0-1', true],
    ['6.1.0-1', '6.1', false],
    ['6.1', '6.1.0', false],
  ])('%s is older than %s: %s', (version, than, older) => {
    expect(isOlder(numbersOf(version), numbersOf(than))).toBe(older);
  });

  it('is older, newer, or differs by zeros at its end alone', () => {
    const release = fc.array(fc.nat({ max: 3 }), { maxLength: 5 });
    fc.assert(
      fc.property(release, release, (a, b) => {
        const cut = (numbers: number[]) => numbers.join('.').replace(/(^|\.)0(\.0)*$/, '');
        expect([isOlder(a, b), isOlder(b, a)].filter(Boolean)).toHaveLength(cut(a) === cut(b) ? 0 : 1);
      }),
    );
  });
});
