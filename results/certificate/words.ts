/** A certificate in words, for a terminal. */
import { waivedTexts, withWaivers } from '../report/waiver-text.ts';
import type { Gated } from './gate.ts';
import type { Statement } from './statement.ts';

/** `6.1.0-56-cloud-amd64 on 768G, in the lab`. */
export const aboutSigned = ({ predicate: { candidate, class: size, scope, trials } }: Statement): string =>
  `${candidate.release} on ${size.name}, in the ${scope.kind}${withWaivers(trials)}`;

/** What a person must know of a certificate that he goes by, what is unusual about it included: label and text. */
export function saidOf({ statement: { predicate }, keyids }: NonNullable<Gated['signed']>): (readonly [string, string])[] {
  const { run, trials, scope, waivers, evidence, candidate } = predicate;
  const events = new Map<string, number>();
  for (const { title, count } of trials.flatMap((trial) => trial.events)) events.set(title, (events.get(title) ?? 0) + count);
  return [
    ['kernel', candidate.version],
    ['class', predicate.class.summary],
    [
      'tried',
      `${trials.map(({ suite, case: which }) => (which === undefined ? suite : `${suite}/${which}`)).join(', ')}; profile ${run.profile}, seed ${run.seed}`,
    ],
    ...(scope.emulated.length === 0 ? [] : [['scope', `not as in service: ${scope.emulated.join('; ')}`] as const]),
    ...run.departures.map((each) => ['other', each] as const),
    ...[...events].map(([title, count]) => ['event', count === 1 ? title : `${count} x ${title}`] as const),
    ...trials.flatMap((trial) => waivedTexts(trial, waivers)).map((text) => ['waived', text] as const),
    ['run', `${run.id}, ended ${run.finished}, ${evidence.length} files of evidence`],
    ['signed', `with the key ${keyids.join(', ')}`],
  ];
}
