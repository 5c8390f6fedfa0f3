import { describe, expect, it } from 'vitest';
import { literalsOf } from './literals.ts';
import { TABLE } from './table.ts';

describe('the literals of a pattern', () => {
  it.each([
    [/^Kernel panic/, ['Kernel panic']],
    [/^(?:Oops|Internal error): \d+/, ['Oops: ', 'Internal error: ']],
    [/^INFO: task (?<task>.+):(?<pid>\d+) blocked for more than/, [' blocked for more than']],
    [/^.*(?:first|second)?third\b/, ['third']],
    [/[Nn]eighbour/, ['Neighbour', 'neighbour']],
    [/(?:a|b)+cdefg/, ['cdefg']],
    [/^abc(?!def)ghi$/, ['abcghi']],
  ])('%s', (pattern, expected) => {
    expect([...literalsOf(pattern)].sort()).toEqual([...expected].sort());
  });

  it.each([/.*/, /^(?:abc)?/, /^(?:text|\d+)$/])('are missing in %s', (pattern) => {
    expect(() => literalsOf(pattern)).toThrow('nothing in common');
  });

  it('are not certain where case is ignored', () => {
    expect(() => literalsOf(/text/i)).toThrow('ignores case');
  });

  it('stand in the example of every row of the table', () => {
    for (const row of TABLE) {
      if (!('example' in row)) continue;
      const example = String(row.example);
      expect(literalsOf(row.pattern).some((literal) => example.includes(literal))).toBe(true);
    }
  });
});
