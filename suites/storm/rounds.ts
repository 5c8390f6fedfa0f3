/**
 * The schedule of tenants that share a pool: each alone first, under no policy, and then all together; where policies are compared, under each in turn,
 * so often that the median of a figure has a confidence interval. Each repetition begins with another policy, so that none is always the first.
 */
import type { PolicyName } from '../policies/index.ts';
import type { PoolParams } from '../policies/policy.ts';
import type { Action, EngineAction, Round, RoundAction } from '../suite.ts';
import type { Tenant } from './tenants.ts';

/** Between two rounds what is still on its way is written. */
const PAUSE_S = 2;
/** A policy is in force for so long before its round begins. */
const LEAD_S = 1;
/** An emulated machine takes so long to set it, and to start engines and end them. A round that takes longer puts the next one off. */
const SLACK_S = 3;
/** The least number of rounds whose extremes enclose the median with 95 % confidence; see results/confidence.ts. */
export const COMPARED_ROUNDS = 6;
/** What a round of a comparison lasts, as part of the profile's storm. */
const COMPARED_SHARE = 0.8;

/** What is done at one time, for so long; under a policy, where there is one. */
export interface PlannedRound {
  readonly for_s: number;
  readonly policy?: PolicyName | undefined;
  readonly pool: PoolParams;
  work(at_s: number, for_s: number): readonly EngineAction[];
}

/** One round after the other; `on` is the machine on which policies are set, `pause_s` the time between two rounds. */
export function inTurn(rounds: readonly PlannedRound[], on: string, pause_s = PAUSE_S): Action[] {
  let next_s = 0;
  return rounds.map(({ for_s, policy, pool, work }): RoundAction => {
    const at_s = next_s;
    const lead_s = policy === undefined ? 0 : LEAD_S;
    const span_s = lead_s + for_s + SLACK_S;
    next_s += span_s + pause_s;
    return {
      at_s,
      for_s: span_s,
      kind: 'round',
      on,
      params: pool,
      during: work(lead_s, for_s),
      ...(policy === undefined ? {} : { policy }),
    };
  });
}

export interface Rounds {
  readonly tenants: readonly Tenant[];
  readonly policies: readonly PolicyName[];
  readonly storm_s: number;
  readonly pool: PoolParams;
  /** the machine on which policies are set */
  readonly on: string;
  /** what a tenant does for so long */
  work(tenant: Tenant, at_s: number, for_s: number, round: Round): readonly EngineAction[];
}

export function roundsOf({ tenants, policies, storm_s, pool, on, work }: Rounds): Action[] {
  const alone = tenants.map(
    (tenant): PlannedRound => ({
      ...{ for_s: storm_s, pool },
      work: (at_s, for_s) => work(tenant, at_s, for_s, { tenant: tenant.name, with: 'alone' }),
    }),
  );
  const together = (for_s: number, policy?: PolicyName): PlannedRound => ({
    ...{ for_s, policy, pool },
    work: (at_s) =>
      tenants.flatMap((tenant) =>
        work(tenant, at_s, for_s, { tenant: tenant.name, with: 'together', ...(policy === undefined ? {} : { policy }) }),
      ),
  });
  if (policies.length === 0) return inTurn([...alone, together(2 * storm_s)], on);
  const compared_s = Math.ceil(storm_s * COMPARED_SHARE);
  const compared = Array.from({ length: COMPARED_ROUNDS }, (_, repeat) =>
    policies.flatMap((_each, index) => policies[(index + repeat) % policies.length] ?? []),
  );
  return inTurn([...alone, ...compared.flat().map((policy) => together(compared_s, policy))], on);
}
