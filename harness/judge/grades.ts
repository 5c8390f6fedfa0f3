/** What was held of each grade's promises, from the seconds that its machine accounted for and the latencies that its engines told. */
import { medianOf } from '../../results/confidence.ts';
import { type Grade, type Grades, HELD_FROM, type Held, type HeldRate, type Trying } from '../../results/grades.ts';
import type { Objective, ObjectiveResult, Verdict } from '../../results/model.ts';
import { type Second, seconds, secondsOf } from './account.ts';
import { starved } from './contention.ts';
import type { Evidence } from './evidence.ts';
import { notTriedIn, type Round, roundsIn, type TenantRound } from './rounds.ts';

/** Undefined for a trial to which nothing was promised. */
export function gradesOf(evidence: Evidence): Grades | undefined {
  const { grades } = evidence.about;
  if (grades === undefined) return undefined;
  const accounted = seconds(evidence);
  const of = (grade: Grade, rounds: readonly Round[]) => heldIn(grade, rounds, accounted);
  const [alone, together] = [roundsIn(evidence, 'alone'), roundsIn(evidence, 'together')];
  return {
    grades: grades.map((promised) => ({
      promised,
      idle: of(promised, alone),
      storms: [...Map.groupBy(together.filter(hasTenant(promised)), ({ policy }) => policy)].map(([policy, rounds]) => ({
        ...{ policy, held: of(promised, rounds) },
      })),
    })),
    notTried: notTriedIn(evidence),
  };
}

const hasTenant =
  ({ name }: Grade) =>
  ({ tenants }: Round): boolean =>
    tenants.some(({ tenant }) => tenant === name);

function heldIn(grade: Grade, rounds: readonly Round[], accounted: readonly Second[]): Held {
  const own = rounds.filter(hasTenant(grade));
  const of = (wanted: Trying) => own.filter(({ trying }) => trying === wanted);
  const rate = (promised: number | undefined, trying: Trying, figure: (second: Second) => number): HeldRate | null =>
    promised === undefined
      ? null
      : rateOf(
          promised,
          of(trying)
            .flatMap((round) => secondsIn(round, grade, accounted))
            .map(figure),
        );
  const latencies = of('commits').flatMap(({ tenants }) => tenants.find(({ tenant }) => tenant === grade.name)?.work.p99_ms ?? []);
  return {
    iops: rate(grade.iops, 'commits', ({ writes_per_s }) => writes_per_s),
    bytes_per_s: rate(grade.bytes_per_s, 'throughput', ({ bytes_per_s }) => bytes_per_s),
    p99_ms: grade.p99_ms === undefined || latencies.length === 0 ? null : Math.max(...latencies),
  };
}

/** Those in which all of a round are at work. */
const secondsIn = ({ tenants }: Round, { name }: Grade, accounted: readonly Second[]): Second[] =>
  secondsOf(accounted, name, {
    begin: Math.max(...tenants.map(({ begin }) => begin)),
    end: Math.min(...tenants.map(({ end }) => end)),
  });

function rateOf(promised: number, rates: readonly number[]): HeldRate | null {
  const median = medianOf(rates)?.median;
  if (median === undefined) return null;
  return { median, share: rates.filter((rate) => rate >= HELD_FROM * promised).length / rates.length, seconds: rates.length };
}

/** Each promise of a grade on its own; one that was not measured is neither kept nor broken. */
export function idlePromise(
  { grade: name, leastShare }: Extract<Objective, { kind: 'promise' }>,
  { evidence, doubts }: { readonly evidence: Evidence; readonly doubts: readonly string[] },
): Omit<ObjectiveResult, 'name'> {
  const found = gradesOf(evidence)?.grades.find(({ promised }) => promised.name === name);
  const threshold = `in ${Math.round(100 * leastShare)} % of seconds`;
  if (found === undefined) return { verdict: 'unknown', measured: '', threshold, reason: `nothing was promised to grade ${name}` };
  const { promised, idle } = found;
  const relieved = promisesOf(promised, relievedIn(promised, evidence), leastShare);
  const all = promisesOf(promised, idle, leastShare).map((each, at): One => {
    const excused = each.verdict === 'fail' && relieved[at]?.verdict === 'pass';
    return excused ? { ...each, verdict: 'unknown', reason: `${each.reason}, ${STARVED}` } : each;
  });
  const measured = all.map((each) => each.measured).join(', ');
  const worst = (['fail', 'unknown'] as const).find((verdict) => all.some((each) => each.verdict === verdict));
  if (worst === undefined) return { verdict: doubts[0] === undefined ? 'pass' : 'unknown', measured, threshold, reason: doubts[0] ?? '' };
  const reasons = all.filter(({ verdict }) => verdict === worst).map(({ reason }) => reason);
  return { verdict: worst, measured, threshold, reason: `with nobody else at work, ${reasons.join('; ')}` };
}

/** In the order in which they are promised, those that are. */
function promisesOf({ iops, bytes_per_s, p99_ms }: Grade, held: Held, leastShare: number): One[] {
  return [
    ...(iops === undefined ? [] : [rateVerdict(`${iops} IOPS`, held.iops, leastShare)]),
    ...(bytes_per_s === undefined ? [] : [rateVerdict(`${bytes_per_s} bytes/s`, held.bytes_per_s, leastShare)]),
    ...(p99_ms === undefined ? [] : [latencyVerdict(p99_ms, held.p99_ms)]),
  ];
}

const STARVED = "but others took so much of the lab host's processors meanwhile that it may have been for want of one";

/** What might have been held idle, had nobody else taken processors of the lab host: where that explains a broken promise, it counts as kept. */
function relievedIn(grade: Grade, evidence: Evidence): Held {
  const { iops = 0, bytes_per_s = 0, p99_ms = 0 } = grade;
  const put = (rate: number, promised: number, { from, to }: Second): number =>
    starved(evidence, { from, to, value: (HELD_FROM * promised) / rate, bound: 1 }) === undefined ? rate : Math.max(rate, promised);
  const accounted = seconds(evidence).map((second) => ({
    ...second,
    writes_per_s: put(second.writes_per_s, iops, second),
    bytes_per_s: put(second.bytes_per_s, bytes_per_s, second),
  }));
  const relieved = (round: TenantRound): TenantRound => {
    const { begin, end, work } = round;
    const late = starved(evidence, { from: begin, to: end, value: work.p99_ms ?? 0, bound: p99_ms });
    return work.p99_ms === null || late === undefined ? round : { ...round, work: { ...work, p99_ms: Math.min(work.p99_ms, p99_ms) } };
  };
  const rounds = roundsIn(evidence, 'alone').map((round) => ({ ...round, tenants: round.tenants.map(relieved) }));
  return heldIn(grade, rounds, accounted);
}

/** A few seconds that were accounted for say nothing of a round. */
const LEAST_SECONDS = 5;

interface One {
  readonly verdict: Verdict;
  readonly measured: string;
  readonly reason: string;
}

const unmeasured = (promise: string): One => ({ verdict: 'unknown', measured: '?', reason: `${promise} was not measured` });

function rateVerdict(promise: string, held: HeldRate | null, leastShare: number): One {
  if (held === null || held.seconds < LEAST_SECONDS) return unmeasured(promise);
  const { median, share, seconds: of } = held;
  const measured = `${Math.round(median)} (${Math.round(100 * share)} %)`;
  return {
    verdict: share >= leastShare ? 'pass' : 'fail',
    measured,
    reason: `${promise} held in ${Math.round(share * of)} of ${of} seconds, ${Math.round(median)} in the median one`,
  };
}

function latencyVerdict(promised_ms: number, p99_ms: number | null): One {
  const promise = `a p99 of ${promised_ms} ms`;
  if (p99_ms === null) return unmeasured(promise);
  const measured = `${Math.round(10 * p99_ms) / 10} ms`;
  return { verdict: p99_ms <= promised_ms ? 'pass' : 'fail', measured, reason: `${promise} was promised, and it was ${measured}` };
}
