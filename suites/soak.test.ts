import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CLASSES } from './classes.ts';
import { PROFILES, type Profile } from './profiles.ts';
import { soak } from './soak.ts';
import type { Action } from './suite.ts';

const scheduleOf = (seed: number, profile: Profile = PROFILES.quick) => soak.plan(CLASSES['1G'], profile, seed).schedule;
/** Actions that begin together are one round. */
const roundsOf = (schedule: readonly Action[]) => [...Map.groupBy(schedule, ({ at_s }) => at_s)];

it('has each kind of storm in every three rounds, each with time to recover from it, until its time is up', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 5000 }), (seed, soak_s) => {
      const profile = { ...PROFILES.quick, soak_s };
      const rounds = roundsOf(scheduleOf(seed, profile));
      expect(rounds.length % 3).toBe(0);
      for (let at = 0; at < rounds.length; at += 3) {
        const kinds = rounds.slice(at, at + 3).map(([, actions]) => actions[0]?.kind);
        expect(kinds.toSorted()).toEqual(['engine', 'fault', 'flood']);
      }
      for (const [index, [at_s, actions]] of rounds.entries()) {
        const for_s = actions[0]?.for_s ?? 0;
        const next_s = rounds[index + 1]?.[0];
        if (next_s !== undefined) expect(next_s - at_s - for_s).toBeGreaterThanOrEqual(Math.max(profile.betweenOutages_s, for_s) - 1e-6);
        if (actions[0]?.kind === 'fault') expect(for_s).toBeLessThan(profile.hungTaskTimeout_s);
      }
      expect(rounds.at(-3)?.[0] ?? 0).toBeLessThanOrEqual(Math.max(soak_s, 3));
    }),
    { numRuns: 30 },
  );
});

it('is another order for another seed, and the same for the same', () => {
  expect(scheduleOf(1)).toEqual(scheduleOf(1));
  const orders = Array.from({ length: 20 }, (_, seed) => JSON.stringify(scheduleOf(seed)));
  expect(new Set(orders).size).toBe(20);
});
