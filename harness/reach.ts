/** Options that change what a storm does, and which plans each of them changes at all. */
import type { Profile } from '../suites/profiles.ts';
import { floodsIn, type SuitePlan } from '../suites/suite.ts';

type Plan = (profile: Profile) => SuitePlan;

/** An option reaches a plan where two of its values give two plans. */
const differs =
  (one: (profile: Profile) => Partial<Profile>, other: (profile: Profile) => Partial<Profile>) =>
  (plan: Plan, profile: Profile): boolean => {
    const [a, b] = [one, other].map((change) => JSON.stringify(plan({ ...profile, ...change(profile) })));
    return a !== b;
  };
const pool = (change: Partial<Profile['pool']>) => (profile: Profile) => ({ pool: { ...profile.pool, ...change } });

export const REACHES = {
  load: {
    changes: 'has no flood whose load may be chosen; run ipv6-flood has',
    reaches: differs(
      () => ({ floodLoad: { kind: 'packets', rate_pps: 1000 } }),
      () => ({ floodLoad: { kind: 'packets', rate_pps: 2000 } }),
    ),
  },
  shape: {
    changes: 'has no flood whose shape may be chosen; run ipv6-flood has',
    reaches: differs(
      () => ({ floodShape: 'sustained' }),
      () => ({ floodShape: 'ramp' }),
    ),
  },
  engine: {
    changes: 'floods nothing; run ipv6-flood does',
    reaches: (plan: Plan, profile: Profile) => floodsIn(plan(profile).schedule).length > 0,
  },
  outages: {
    changes: 'has no outage whose length may be chosen; run storage-cutoff has',
    reaches: differs(
      () => ({ outages_s: [1] }),
      () => ({ outages_s: [2] }),
    ),
  },
  stormers: { changes: 'has no pool; run io-storm has', reaches: differs(pool({ stormers: 1 }), pool({ stormers: 2 })) },
  victims: { changes: 'has no such pool; run io-storm has', reaches: differs(pool({ victims: 1 }), pool({ victims: 2 })) },
} as const satisfies Record<string, { changes: string; reaches: (plan: Plan, profile: Profile) => boolean }>;

export type Reaching = keyof typeof REACHES;
export const REACHING = Object.keys(REACHES) as Reaching[];
