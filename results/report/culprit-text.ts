/** Who brought a storm over the others, for a terminal and for JUnit. */
import type { Culprit, Culprits } from '../culprit.ts';
import type { TrialResult } from '../model.ts';
import { percent } from './curve-words.ts';

/** A line for each of the accused, or one that says why nobody is, and one for those who suffered; empty where no machine told of its I/O. */
export function culpritTexts({ culprits }: TrialResult): string[] {
  if (culprits === undefined) return [];
  const { accused, unexplained } = culprits;
  const others = othersOf(culprits);
  return [
    ...accused.map(accusedText),
    ...(unexplained === undefined ? [] : [`nobody is accused: ${unexplained}`]),
    ...(others.length === 0 ? [] : [others.join('; ')]),
    ...(culprits.told_s === culprits.suffered_s
      ? []
      : [
          `known of ${culprits.told_s} of the ${culprits.suffered_s} s in which somebody suffered: in the others not every machine told of its I/O`,
        ]),
  ];
}

function accusedText({ tenant, machine, share, quietShare, seconds, requests_per_s, bytes_per_s, device, ...who }: Culprit): string {
  const where = [device === null ? '' : ` on ${device}`, machine === tenant ? '' : ` of ${machine}`].join('');
  const before = quietShare === null ? '' : ` (when nobody suffered: ${percent(tenth(quietShare))})`;
  const work = `did ${percent(tenth(share))} of the pool's work in ${seconds} s of the storm${before}`;
  return `${tenant}: ${whoWords(who)}${where} ${work}, ${requests_per_s} requests/s, ${megabytes(bytes_per_s)}/s`;
}

function whoWords({ process, pids, kernel }: Pick<Culprit, 'process' | 'pids' | 'kernel'>): string {
  if (process === null) return 'a process that had ended';
  const named = `${process} (pid ${pids.slice(0, MOST_PIDS).join(', ')}${pids.length > MOST_PIDS ? ' …' : ''})`;
  return kernel ? `nothing but ${named}, a thread of the kernel,` : named;
}

const MOST_PIDS = 3;

/** What everybody else did and bore. */
function othersOf({ accused, tenants }: Culprits): string[] {
  return tenants
    .filter(({ tenant, share }) => share !== null && accused.every((each) => each.tenant !== tenant))
    .map(
      ({ tenant, share, suffered_s }) =>
        `${tenant}: ${percent(tenth(share ?? 0))}${suffered_s === 0 ? '' : `, suffered for ${suffered_s} s`}`,
    );
}

/** To a tenth of a per cent: more is not known. */
const tenth = (share: number): number => Math.round(share * 1000) / 1000;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1)} MB`;
