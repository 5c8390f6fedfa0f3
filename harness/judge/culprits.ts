/**
 * Who brought a storm over the others, from the accounts of I/O. Pure; no verdict rests on it.
 *
 * 1. The storm is where others suffer: seconds in which another tenant's storage did not answer, or later than its baseline allows, or in which it
 *    worked in a round together with its neighbours (suffering.ts).
 * 2. Work is what devices did, divided among the processes that had it done (shares-of-work.ts), and costs what it takes of the pool (ledger.ts).
 * 3. Accused is whose share of the cost is above a fair one, clearly above that of everybody who is not, and clearly above what it did when nobody
 *    suffered. These may be several, or nobody: where all do alike nobody stands out, and where a machine told nothing it may have been that one.
 */
import type { Culprit, Culprits } from '../../results/culprit.ts';
import { percentile } from '../baseline.ts';
import { carrierOf } from './carrier.ts';
import { all, type Evidence } from './evidence.ts';
import { type Entry, type Ledger, ledgerOf } from './ledger.ts';
import { roundsOf, secondsIn, stormSpan, sufferingOf } from './suffering.ts';

/**
 * So many times a fair share must a share be, and more where nobody knows what the tenant did before; so many times that of everybody who is not
 * accused; and so many times what it did when nobody suffered.
 */
const ABOVE = { fair: 1, fairUnknown: 1.25, others: 1.5, quiet: 1.5 } as const;
/** Fewer seconds of suffering, or of quiet, prove nothing. */
const LEAST_S = 3;
const LEAST_QUIET_S = 2;
/** Suffering that comes again within so many seconds is of one storm: what lies between is no quiet. */
const BREATH_S = 10;

/** Undefined for a trial whose machines did not tell of their I/O. */
export function culpritsOf(evidence: Evidence): Culprits | undefined {
  if (all(evidence.records, 'io').length === 0) return undefined;
  const ledger = ledgerOf(evidence);
  const suffering = sufferingOf(evidence);
  const suffered = [...new Set([...suffering.values()].flatMap((seconds) => [...seconds]))].toSorted((a, b) => a - b);
  const proven = suffered.filter((second) => ledger.told.has(second));
  const quiet = quietOf(evidence, ledger, suffered);
  const suspects = [...ledger.tenants, ...ledger.hosts].map((tenant) => {
    const against = proven.filter((second) => [...suffering].some(([other, seconds]) => other !== tenant && seconds.has(second)));
    return suspectOf(tenant, against, quiet, ledger);
  });
  const fair = 1 / ledger.tenants.length;
  const above = suspects.filter(
    ({ against, share, quietShare }) => against.length >= LEAST_S && share > (quietShare === null ? ABOVE.fairUnknown : ABOVE.fair) * fair,
  );
  const rest = Math.max(0, ...suspects.filter((each) => !above.includes(each)).map(({ share }) => share));
  const outstanding = above.filter(({ share }) => share >= ABOVE.others * rest);
  const accused = outstanding
    .filter(({ share, quietShare }) => quietShare === null || share >= ABOVE.quiet * quietShare)
    .toSorted((a, b) => b.share - a.share || (a.tenant < b.tenant ? -1 : 1));
  const sufferers = [...suffering].flatMap(([tenant, seconds]) => (seconds.size > 0 ? [tenant] : []));
  const only = sufferers.length === 1 ? sufferers[0] : undefined;
  const reasons: readonly (readonly [holds: boolean, why: string])[] = [
    [accused.length > 0, ''],
    [suffered.length === 0, 'nobody suffered'],
    [ledger.tenants.length < 2, 'there is one tenant only'],
    [proven.length < LEAST_S, silenceOf(ledger, suffered)],
    [only !== undefined && shareOf(only, proven, ledger) > fair, `${only} did most, and nobody else suffered`],
    [outstanding.length > 0, `${outstanding.map(({ tenant }) => tenant).join(' and ')} did no less when nobody suffered`],
    [shareOf(undefined, proven, ledger) >= fair, 'whoever did most had ended before its I/O was told'],
  ];
  const unexplained = reasons.find(([holds]) => holds)?.[1] ?? 'nobody stands out';
  return {
    accused: accused.map((suspect) => culpritOf(suspect, fair, ledger)),
    tenants: ledger.tenants.map((tenant) => ({
      tenant,
      suffered_s: suffering.get(tenant)?.size ?? 0,
      share: proven.length === 0 ? null : shareOf(tenant, proven, ledger),
    })),
    suffered_s: suffered.length,
    told_s: proven.length,
    ...(unexplained === '' ? {} : { unexplained }),
  };
}

/**
 * Seconds of which all is told, in which nobody suffered, right before or after neither, and nobody was measured alone: those of the storm, where there
 * are any, since tenants begin their ordinary work with it; else those of the baseline.
 */
function quietOf(evidence: Evidence, ledger: Ledger, suffered: readonly number[]): number[] {
  const { from = 0, to = 0 } = stormSpan(evidence) ?? {};
  const storms = suffered.map((second, index) => {
    const next = suffered[index + 1] ?? second;
    return { from: second - 1, to: next - second <= BREATH_S ? next + 1 : second + 2 };
  });
  const alone = roundsOf(evidence, 'alone').map((round) => ({ from: round.from - 1, to: round.to + 1 }));
  const loud = secondsIn([...storms, ...alone]);
  const quiet = [...ledger.told].filter((second) => second < to && !loud.has(second));
  const inStorm = quiet.filter((second) => second >= from);
  return inStorm.length < LEAST_QUIET_S ? quiet : inStorm;
}

interface Suspect {
  readonly tenant: string;
  /** seconds in which others suffered */
  readonly against: readonly number[];
  readonly share: number;
  readonly quietShare: number | null;
}

function suspectOf(tenant: string, against: readonly number[], quiet: readonly number[], ledger: Ledger): Suspect {
  const total = against.reduce((sum, second) => sum + costIn(ledger, second), 0);
  const usual = percentile(
    quiet.map((second) => costIn(ledger, second, (entry) => entry.tenant === tenant)),
    0.5,
  );
  const quietShare = quiet.length < LEAST_QUIET_S || total === 0 ? null : millionths((usual * against.length) / total);
  return { tenant, against, share: shareOf(tenant, against, ledger), quietShare };
}

const costIn = ({ entries, costOf }: Ledger, second: number, of: (entry: Entry) => boolean = () => true): number =>
  entries(second)
    .filter(of)
    .reduce((sum, entry) => sum + costOf(entry), 0);

/** Of the work in those seconds; that of nobody's is of processes that had ended. */
function shareOf(tenant: string | undefined, seconds: readonly number[], ledger: Ledger): number {
  const total = seconds.reduce((sum, second) => sum + costIn(ledger, second), 0);
  const own = seconds.reduce((sum, second) => sum + costIn(ledger, second, (entry) => entry.tenant === tenant), 0);
  return total === 0 ? 0 : millionths(own / total);
}

function culpritOf({ tenant, against, share, quietShare }: Suspect, fair: number, ledger: Ledger): Culprit {
  const own = against.flatMap((second) => ledger.entries(second).filter((entry) => entry.tenant === tenant));
  const active = against.filter((second) => shareOf(tenant, [second], ledger) >= fair);
  const machine = own[0]?.machine ?? tenant;
  const per_s = (what: 'requests' | 'bytes') => Math.round(own.reduce((sum, entry) => sum + entry[what], 0) / against.length);
  return {
    ...{ tenant, machine, ...processOf(own, ledger) },
    device: carrierOf(tenant, ledger.accounts.get(machine) ?? [], new Set(active), ledger.costOf),
    ...{ share, quietShare },
    ...{ requests_per_s: per_s('requests'), bytes_per_s: per_s('bytes') },
    ...{ from_s: active[0] ?? 0, to_s: (active.at(-1) ?? 0) + 1, seconds: active.length },
  };
}

/** The name that stands for most of the work. */
function processOf(entries: readonly Entry[], { costOf }: Ledger): Pick<Culprit, 'process' | 'pids' | 'kernel'> {
  const byName = Map.groupBy(entries, ({ process }) => process?.name);
  const weight = (each: readonly Entry[]) => each.reduce((sum, entry) => sum + costOf(entry), 0);
  const [name, most = []] = [...byName].toSorted(([, a], [, b]) => weight(b) - weight(a))[0] ?? [];
  return {
    process: name ?? null,
    pids: [...new Set(most.flatMap(({ process }) => process?.pid ?? []))],
    ...(most.some(({ process }) => process?.kernel === true) ? { kernel: true } : {}),
  };
}

function silenceOf({ silent }: Ledger, suffered: readonly number[]): string {
  const missing = suffered.map(silent).filter((machines) => machines.length > 0);
  const names = [...new Set(missing.flat())].toSorted();
  const of = `of the ${suffered.length} s in which somebody suffered`;
  return names.length === 0
    ? `${suffered.length} s of suffering prove nothing`
    : `${names.join(' and ')} told nothing of I/O in ${missing.length} ${of}`;
}

/** Sums in another order are the same to this, and so is what is said of them. */
const millionths = (share: number): number => Math.round(share * 1e6) / 1e6;
