/** What each tenant got of a pool, alone and together, from what its engines and the accounts of its machine told. Nothing is judged by it. */
import { type Interval, medianOf } from '../../results/confidence.ts';
import { jainsIndex, type PolicyResult, type Pool, type TenantShare, type TenantWork } from '../../results/pool.ts';
import { POLICIES, type PolicyName } from '../../suites/policies/index.ts';
import type { Policy } from '../../suites/policies/policy.ts';
import { type Second, seconds, secondsOf } from './account.ts';
import { all, type Evidence } from './evidence.ts';
import { notTriedIn, type Round, roundsIn, type TenantRound, tenantOf } from './rounds.ts';

/** A tenant that does less than this part of its own has come to a stop. */
const STARVED = 0.01;
const FIRST_PERCENTILE = 0.01;

/** Undefined for a trial whose tenants did not work by rounds, or by those of grades: see grades.ts. */
export function poolOf(evidence: Evidence): Pool | undefined {
  if (evidence.about.grades !== undefined) return undefined;
  const ended = all(evidence.records, 'action').filter(({ round, state }) => round !== undefined && state === 'end');
  const storming = new Set(ended.filter(({ what }) => what === 'engine').map(tenantOf));
  const alone = roundsIn(evidence, 'alone').flatMap(({ tenants }) => tenants);
  const together = roundsIn(evidence, 'together');
  if (alone.length === 0 && together.length === 0) return undefined;
  const policies = [...Map.groupBy(together, ({ policy }) => policy)];
  const reference = policies[0]?.[1] ?? [];
  const context = { storming, alone: new Map(alone.map((each) => [each.tenant, each.work])), seconds: seconds(evidence) };
  return {
    alone: alone.map(({ tenant, work }) => ({ tenant, storms: storming.has(tenant), work })),
    policies: policies.map(([policy, rounds], index) => policyResult(policy, rounds, index === 0 ? [] : reference, context)),
    notTried: notTriedIn(evidence),
  };
}

interface Context {
  readonly storming: ReadonlySet<string>;
  readonly alone: ReadonlyMap<string, TenantWork>;
  readonly seconds: readonly Second[];
}

function policyResult(policy: string | null, rounds: readonly Round[], reference: readonly Round[], context: Context): PolicyResult {
  const names = [...new Set(rounds.flatMap(({ tenants }) => tenants.map(({ tenant }) => tenant)))];
  const { weights = { stormer: 1, victim: 1 } } = policy === null ? {} : ((POLICIES[policy as PolicyName] as Policy | undefined) ?? {});
  const weightOf = (tenant: string) => (context.storming.has(tenant) ? weights.stormer : weights.victim);
  const most = Math.max(0, ...[...context.alone.values()].map(({ bytes_per_s }) => bytes_per_s));
  const held = ({ tenants }: Round) => tenants.flatMap((each) => heldBy(each, context) ?? []);
  const whole = rounds.filter((round) => names.length > 1 && round.tenants.length === names.length);
  const worst = (round: Round | undefined): number | undefined => worstP99(round, context);
  return {
    policy,
    rounds: rounds.length,
    tenants: names.map((tenant) => shareOf(tenant, rounds, context)),
    jain: interval(whole.map(held).flatMap((figures) => (figures.length === names.length ? [jainsIndex(figures)] : []))),
    jainByWeight: interval(
      whole.filter(isWeighed).map(({ tenants }) => jainsIndex(tenants.map(({ tenant, work }) => work.bytes_per_s / weightOf(tenant)))),
    ),
    victims_p99_ms: interval(rounds.flatMap((round) => worst(round) ?? [])),
    victims_p99_ratio: interval(
      reference.length === 0
        ? []
        : rounds.flatMap((round, index) => {
            const [mine, theirs] = [worst(round), worst(reference[index])];
            return mine === undefined || theirs === undefined || theirs === 0 ? [] : [mine / theirs];
          }),
    ),
    conserved: interval(most === 0 ? [] : rounds.filter(isWeighed).map((round) => bytesOf(round) / most)),
  };
}

function shareOf(tenant: string, rounds: readonly Round[], context: Context): TenantShare {
  const own = rounds.flatMap((round) => round.tenants.filter((each) => each.tenant === tenant).map((each) => ({ round, each })));
  const of = (figure: (work: TenantWork) => number | null): Interval | null => interval(own.flatMap(({ each }) => figure(each.work) ?? []));
  const target = context.alone.get(tenant)?.writes_per_s ?? 0;
  const rates =
    target === 0
      ? []
      : own.flatMap(({ each }) => secondsOf(context.seconds, tenant, each).map(({ writes_per_s }) => writes_per_s / target));
  return {
    tenant,
    storms: context.storming.has(tenant),
    counts: own[0]?.each.work.counts ?? 'writes',
    writes_per_s: of((work) => work.writes_per_s) as Interval,
    bytes_per_s: of((work) => work.bytes_per_s) as Interval,
    p50_ms: of((work) => work.p50_ms),
    p99_ms: of((work) => work.p99_ms),
    p9999_ms: of((work) => work.p9999_ms),
    longest_ms: Math.max(...own.map(({ each }) => each.work.longest_ms)),
    share: interval(
      own.flatMap(({ round, each }) => (bytesOf(round) === 0 || !isWeighed(round) ? [] : [each.work.bytes_per_s / bytesOf(round)])),
    ),
    held: interval(own.flatMap(({ each }) => heldBy(each, context) ?? [])),
    isolation:
      rates.length === 0 ? null : Math.min(1, rates.toSorted((a, b) => a - b)[Math.floor(rates.length * FIRST_PERCENTILE)] as number),
    starved_s: rates.length === 0 ? null : rates.filter((rate) => rate < STARVED).length,
  };
}

/** Whether all bytes of a round are known. */
const isWeighed = ({ tenants }: Round): boolean => tenants.every(({ work }) => work.counts === 'writes');

const bytesOf = ({ tenants }: Round): number => tenants.reduce((sum, { work }) => sum + work.bytes_per_s, 0);

function heldBy({ tenant, work }: TenantRound, { alone }: Context): number | undefined {
  const own = alone.get(tenant)?.writes_per_s ?? 0;
  return own === 0 ? undefined : work.writes_per_s / own;
}

/** Of those who do not storm; undefined where one of them told none: the worst may be its own. */
function worstP99(round: Round | undefined, { storming }: Context): number | undefined {
  const all = round?.tenants.filter(({ tenant }) => !storming.has(tenant)).map(({ work }) => work.p99_ms) ?? [];
  return all.length === 0 || all.includes(null) ? undefined : Math.max(...(all as number[]));
}

const interval = (values: readonly number[]): Interval | null => medianOf(values) ?? null;
