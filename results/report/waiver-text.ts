/** Waivers in words: what they excused is told in every report, and so are those that are of no use. */
import type { Run, TrialResult } from '../model.ts';
import type { WaiverResult } from '../waiver.ts';

/** `, with 2 waivers` behind a verdict that rests on so many; else nothing. */
export function withWaivers(trials: readonly Pick<TrialResult, 'waived'>[]): string {
  const count = new Set(trials.flatMap(({ waived = [] }) => waived.map(({ waiver }) => waiver))).size;
  if (count === 0) return '';
  return count === 1 ? ', with 1 waiver' : `, with ${count} waivers`;
}

/** A line for each title and machine: what was waived, why, by whom and until when. None is left out. */
export function waivedTexts({ waived = [] }: Pick<TrialResult, 'waived'>, waivers: Run['waivers'] = []): string[] {
  return waived.map(({ machine, title, count, waiver }) => {
    const by = waivers[waiver];
    const why = by === undefined ? '' : `: ${by.reason} (${by.owner}, until ${by.expires})`;
    return `${machine}: ${count === 1 ? '' : `${count} x `}${title}${why}`;
  });
}

/** A line for each waiver that somebody should take away, or renew. A run that is not judged yet has none. */
export function waiverNotes({ waivers = [], verdict }: Pick<Run, 'waivers' | 'verdict'>): string[] {
  if (verdict === undefined) return [];
  return waivers.flatMap((waiver) => {
    if (waiver.expired) return [`the waiver of ${meant(waiver)} by ${waiver.owner} expired on ${waiver.expires}: it excuses nothing`];
    return waiver.excused === 0 ? [`the waiver of ${meant(waiver)} by ${waiver.owner} is unused: it excused nothing in this run`] : [];
  });
}

const meant = ({ title, pattern }: WaiverResult): string => (title === undefined ? `/${pattern}/` : `"${title}"`);
