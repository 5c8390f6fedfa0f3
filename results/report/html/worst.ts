/** Of a list that is longer than a page can show, the worst: what comes late must not be left out for what came first. */
import type { Severity } from '../../model.ts';
import type { Span } from './silences.ts';
import type { Act } from './spans.ts';

/** The `most` of the greatest weight, of equal ones the first, in the order in which they stood; and how many were left out. */
export function worstOf<T>(
  list: readonly T[],
  most: number,
  weight: (each: T) => number,
): { readonly kept: readonly T[]; readonly left: number } {
  if (list.length <= most) return { kept: list, left: 0 };
  const ranked = list.map((each, at) => ({ each, at, weight: weight(each) })).toSorted((a, b) => b.weight - a.weight);
  const kept = ranked.slice(0, most).toSorted((a, b) => a.at - b.at);
  return { kept: kept.map(({ each }) => each), left: list.length - most };
}

const SEVERITIES = { fatal: 3, error: 2, warning: 1, info: 0 } as const satisfies Record<Severity, number>;

/** Fatal ones first. */
export const weightOfEvent = ({ event }: { readonly event: { readonly severity: Severity } }): number => SEVERITIES[event.severity];

/** The longest first. */
export const weightOfSpan = ({ from, to }: Span): number => to - from;

/** Those that failed, or were not seen to end, before all others. */
export const weightOfAct = (act: Pick<Act, 'from' | 'to' | 'state'>): number =>
  act.state === 'ended' ? weightOfSpan(act) : Number.MAX_VALUE;
