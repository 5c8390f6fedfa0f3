import { describe, expect, it } from 'vitest';
import { dayOrTime, shownSpan } from './time-axis.ts';

const HOUR_s = 3600;
const T = Date.UTC(2026, 0, 1, 12) / 1000;

describe('the times of a trend', () => {
  it('span a day where all points are of less', () => {
    const day = [T - 12 * HOUR_s, T + 12 * HOUR_s];
    // what uPlot takes for the end of a single point
    expect(shownSpan(T, T + 86_400_000, { first: T, last: T })).toEqual(day);
    expect(shownSpan(T - 60, T + 60, { first: T - 60, last: T + 60 })).toEqual(day);
    const [first, last] = [T, T + 72 * HOUR_s];
    expect(shownSpan(first, last, { first, last })).toEqual([first, last]);
  });

  it('are those that a reader chose', () => {
    for (const points of [
      { first: T, last: T },
      { first: T - 60, last: T + 60 },
    ])
      for (const [min, max] of [
        [T - HOUR_s, T + HOUR_s],
        [T - 30, T + 30],
      ] as const)
        expect(shownSpan(min, max, points)).toEqual([min, max]);
  });

  it('are told by the hour, and the day at its beginning; by the day alone where there are many', () => {
    const midnight = new Date(2026, 0, 2).getTime() / 1000;
    expect([midnight - HOUR_s, midnight, midnight + HOUR_s].map((t) => dayOrTime(t, 24 * HOUR_s))).toEqual(['23:00', '2 Jan', '01:00']);
    expect(dayOrTime(midnight + HOUR_s, 72 * HOUR_s)).toBe('2 Jan');
  });
});
