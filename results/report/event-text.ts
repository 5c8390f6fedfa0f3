/** What is said of an event beside its title. */
import type { TrialResult } from '../model.ts';

/** That it is no failure, since the storm brings it with any kernel; nothing where it may be one. */
export const expectedTexts = ({ count, expected = 0 }: TrialResult['events'][number]): string[] =>
  expected === 0 ? [] : [expected === count ? 'expected of this storm' : `${expected} of them expected of this storm`];
