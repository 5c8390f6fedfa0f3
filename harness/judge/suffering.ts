/** Who suffered when: the seconds of a storm in which a tenant's storage did not answer, or later than in its baseline, or shared its pool on purpose. */
import { settledBaseline } from '../baseline.ts';
import { goodUpTo_ms, type ProbeSample } from '../recovery.ts';
import { all, baselineSamples, type Evidence, type Of, samplesOf, watched } from './evidence.ts';

/** Of a second, what must have been waited in it: a stray outlier is no suffering. */
const SUFFERED_SHARE = 0.2;
/** Without an answer for so long, nothing is said to come: probes are asked ten times a second. */
const SILENCE_S = 1;

/** A stretch of the run's clock. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** From the storm's begin until recovery was over, or the record ends; undefined where no storm was begun. */
export function stormSpan({ phases, records }: Evidence): Span | undefined {
  const from = phases.get('storm')?.begin;
  return from === undefined ? undefined : { from, to: phases.get('recovery')?.end ?? records.at(-1)?.t ?? from };
}

/** Whole seconds of the run's clock in which each tenant suffered; of tenants that never did, none. */
export function sufferingOf(evidence: Evidence): Map<string, ReadonlySet<number>> {
  const storm = stormSpan(evidence);
  if (storm === undefined) return new Map();
  const together = roundsOf(evidence, 'together');
  const tenants = [...new Set([...watched(evidence, 'storage'), ...together.map(({ tenant }) => tenant)])];
  return new Map(
    tenants.map((tenant) => {
      const waits = watched(evidence, 'storage').includes(tenant) ? waitsOf(evidence, tenant, storm.to) : [];
      const seconds = secondsIn([...waits, ...together.filter((each) => each.tenant === tenant)].map((span) => within(span, storm)));
      return [tenant, new Set([...seconds].filter(([, share]) => share >= SUFFERED_SHARE).map(([second]) => second))];
    }),
  );
}

/** When each tenant worked in rounds of one kind, up to the end of the record where one did not end. */
export function roundsOf({ records }: Evidence, round: 'alone' | 'together'): (Span & { readonly tenant: string })[] {
  const actions = all(records, 'action').filter((action) => action.round === round);
  const isSame = (a: Of<'action'>, b: Of<'action'>) => a.name === b.name && a.on === b.on && a.tenant === b.tenant && a.policy === b.policy;
  return actions
    .filter(({ state }) => state === 'begin')
    .map((begin) => ({
      ...{ tenant: begin.tenant ?? begin.on, from: begin.t },
      to: actions.find((each) => isSame(each, begin) && each.state !== 'begin' && each.t >= begin.t)?.t ?? records.at(-1)?.t ?? begin.t,
    }));
}

/** When a machine's storage was waited for longer than its baseline allows; without a steady one only what had no answer counts. */
function waitsOf(evidence: Evidence, machine: string, until: number): Span[] {
  const samples = samplesOf(evidence, 'storage', machine).toSorted((a, b) => a.t - b.t);
  const { tolerance } = evidence.about;
  const known = settledBaseline(baselineSamples(evidence, samples), tolerance.floor_ms);
  const good_ms = known.steady ? goodUpTo_ms(known.baseline, tolerance) : Number.POSITIVE_INFINITY;
  const silent: ProbeSample = { t: until, ms: null };
  return [...samples, silent].flatMap(({ t, ms }, index) => {
    const before = samples[index - 1]?.t ?? t;
    if (t - before > SILENCE_S || (ms === null && index < samples.length)) return [{ from: before, to: t }];
    return ms !== null && ms > good_ms ? [{ from: t - ms / 1000, to: t }] : [];
  });
}

const within = (span: Span, bounds: Span): Span => ({ from: Math.max(span.from, bounds.from), to: Math.min(span.to, bounds.to) });

/** How much of each whole second spans cover, 0 to 1 (more where they overlap). */
export function secondsIn(spans: readonly Span[]): Map<number, number> {
  const covered = new Map<number, number>();
  for (const { from, to } of spans)
    for (let second = Math.floor(from); second < to; second += 1)
      covered.set(second, (covered.get(second) ?? 0) + Math.min(to, second + 1) - Math.max(from, second));
  return covered;
}
