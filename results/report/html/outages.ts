/** What became of each machine in each fault. */
import { cutOffTexts } from '../outage-text.ts';
import { bar } from './bars.ts';
import type { Markup } from './markup.ts';
import type { Story } from './story.ts';
import { part, sentences, table } from './table.ts';
import { clock } from './words.ts';

const seconds = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : `${Math.round(value * 10) / 10} s`;

export function outagesPart({ result }: Story): Markup | undefined {
  const outages = result?.outages ?? [];
  if (result === undefined || outages.length === 0) return undefined;
  const most = Math.max(...outages.flatMap((outage) => outage.hosts.map(({ stall_s }) => stall_s ?? 0)), 1);
  return part(3, 'Faults, and what became of each machine', [
    sentences(cutOffTexts(result).map((text) => `longest outage that is borne: ${text}`)),
    table({
      caption: 'How long the storage of each machine stood still; of the bar the dark part is the fault itself',
      head: [
        'fault',
        '#at',
        '#lasted',
        'machine',
        '#stood still',
        '',
        'back',
        '#after',
        "#tail's first reply",
        '#hung tasks',
        '#errors',
        '#lost connections',
        'gave up first',
      ],
      rows: outages.flatMap(({ fault, detail, begin, seconds: took, asked_s, hosts }) =>
        hosts.map(({ machine, stall_s, how, recovery_s, firstReply_s, hungTasks, errors, disconnects, readOnly, gaveUp }) => [
          detail === undefined ? fault : `${fault} (${detail})`,
          clock(begin, 1),
          seconds(took ?? asked_s),
          machine,
          seconds(stall_s),
          stall_s === null
            ? ''
            : bar([
                { from: 0, to: Math.min(took ?? asked_s, stall_s) / most, colour: 'fault' },
                { from: Math.min(took ?? asked_s, stall_s) / most, to: stall_s / most, colour: 'waiting' },
              ]),
          how === 'self' ? 'by itself' : (how ?? 'not known'),
          seconds(recovery_s.storage),
          seconds(firstReply_s),
          hungTasks,
          `${errors}${readOnly ? ', stopped writing' : ''}`,
          disconnects,
          gaveUp === undefined ? '–' : `${gaveUp.layer} after ${seconds(gaveUp.after_s)}: ${gaveUp.title}`,
        ]),
      ),
    }),
  ]);
}
