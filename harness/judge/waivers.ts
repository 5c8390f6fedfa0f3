/** Waivers as a run's history tells them: which events each is meant for, and whether it may still excuse them. */
import type { HistoryRecord } from '../../results/model.ts';
import { isOlder, numbersOf } from '../../results/release.ts';
import type { WaivedEvents, Waiver, WaiverResult } from '../../results/waiver.ts';
import { BLINDING } from './doubts.ts';
import { all, type SeenEvent } from './evidence.ts';
import { compiled, complaintOfPattern, LONGEST_TITLE_CHARS } from './waiver-pattern.ts';

export interface Standing {
  /** among the run's, from 0 */
  readonly index: number;
  readonly waiver: Waiver;
  readonly expired: boolean;
  /** whether it is meant for an event of this candidate's kernel, expired or not */
  readonly fits: (seen: SeenEvent, candidate: string) => boolean;
}

/** The run's, in their order. The day counts on which the run began, never the one on which it is judged. */
export function waiversOf(records: readonly HistoryRecord[]): Standing[] {
  return all(records, 'waiver').map(({ k: _k, t: _t, trial: _trial, began, ...waiver }, index) => {
    const isTitle = titleTest(waiver);
    return {
      index,
      waiver,
      expired: isExpired(waiver, began),
      fits: ({ event }, candidate) => canBeWaived(event) && isTitle(event.title) && isInRange(waiver, candidate),
    };
  });
}

/** `began` is the ISO time, in UTC, at which the run did. */
export const isExpired = ({ expires }: Pick<Waiver, 'expires'>, began: string): boolean => began.slice(0, expires.length) > expires;

/**
 * Not what says that other events may be missing, not a restart (its title says nothing of its cause), and not a report that is cut short or mixed with
 * another's: nobody can tell which bug that is.
 */
const canBeWaived = ({ kind, corrupted }: SeenEvent['event']): boolean => !(kind in BLINDING) && kind !== 'restart' && !corrupted;

function titleTest({ title, pattern }: Waiver): (title: string) => boolean {
  if (pattern === undefined) return (each) => each === title;
  // a history may come from anywhere
  if (title !== undefined || complaintOfPattern(pattern) !== undefined) return () => false;
  const whole = compiled(pattern);
  const known = new Map<string, boolean>();
  return (each) => {
    const is = known.get(each) ?? (each.length <= LONGEST_TITLE_CHARS && whole.test(each));
    known.set(each, is);
    return is;
  };
}

/** A kernel without a number is in no range. */
function isInRange({ from, to }: Pick<Waiver, 'from' | 'to'>, candidate: string): boolean {
  if (from === undefined && to === undefined) return true;
  const release = numbersOf(candidate);
  if (release.length === 0) return false;
  return !(from !== undefined && isOlder(release, numbersOf(from))) && !(to !== undefined && isOlder(numbersOf(to), release));
}

/** Equal events of a machine together, in the order of first sight. */
export function summedWaived(excused: ReadonlyMap<SeenEvent, Standing>): WaivedEvents[] {
  const sums = new Map<string, WaivedEvents>();
  for (const [{ machine, event }, { index }] of excused) {
    const key = [machine, event.title, index].join('\0');
    const sum = sums.get(key) ?? { machine, title: event.title, count: 0, waiver: index };
    sums.set(key, { ...sum, count: sum.count + 1 });
  }
  return [...sums.values()];
}

/** What came of each over all trials; undefined for a run that was told of none. */
export function waiverResults(
  waivers: readonly Standing[],
  trials: readonly { readonly waived?: readonly WaivedEvents[] | undefined }[],
): WaiverResult[] | undefined {
  if (waivers.length === 0) return undefined;
  const events = trials.flatMap(({ waived = [] }) => waived);
  return waivers.map(({ index, waiver, expired }) => ({
    ...waiver,
    expired,
    excused: events.reduce((sum, each) => sum + (each.waiver === index ? each.count : 0), 0),
  }));
}

/** How a waiver that no longer excuses is told beside what it no longer excuses. */
export const toldExpired = ({ waiver: { title, pattern, owner, expires } }: Standing): string =>
  `the waiver of ${title === undefined ? `/${pattern}/` : `"${title}"`} by ${owner} expired on ${expires}`;
