/** What a trial's machines were, and why its silence may be trusted. */
import { contentionTexts } from '../contention-text.ts';
import { memoryTexts } from '../memory-text.ts';
import { reserveTexts } from '../reserve-text.ts';
import { html, type Markup } from './markup.ts';
import { all, type Story } from './story.ts';
import { folded, part, sentences, table } from './table.ts';

export function memoryPart({ result }: Story): Markup | undefined {
  if (result === undefined) return undefined;
  return part(3, 'Memory, and what was timed', [
    sentences([...memoryTexts(result), ...reserveTexts(result), ...contentionTexts(result)]),
    table({
      caption: 'What was timed of the machines',
      head: ['machine', 'what', '#took'],
      rows: (result.measures ?? []).map(({ machine, name, seconds }) => [
        machine,
        name,
        `${Number(seconds.toFixed(seconds < 10 ? 2 : 1))} s`,
      ]),
    }),
  ]);
}

/** Why silence may be trusted: the detectors that were proven, the data that was read back, the file systems that were checked. */
export function evidencePart({ records }: Story): Markup | undefined {
  const armed = all(records, 'armed');
  const failed = armed.filter(({ ok }) => !ok).length;
  const data = all(records, 'data');
  const checked = all(records, 'fsck');
  return part(3, 'Why this may be believed', [
    sentences([
      ...(armed.length === 0
        ? []
        : [
            `${armed.length - failed} of ${armed.length} checks showed on these very machines that a fault would have been seen${failed > 0 ? '; those that did not stand first below' : ''}`,
          ]),
      ...data.map(
        ({ machine, acknowledged, verified }) => `${machine}: of ${acknowledged} acknowledged writes ${verified} were read back unaltered`,
      ),
      ...checked.map(
        ({ machine, fileSystem, verdict, detail }) =>
          `${machine}: its ${fileSystem} was found ${verdict}${detail === '' ? '' : `: ${detail}`}`,
      ),
    ]),
    folded('the checks', [
      table({
        caption: 'Proofs that the detectors of each machine work',
        head: ['machine', 'check', 'shown', 'what it says'],
        rows: armed
          .toSorted((a, b) => Number(a.ok) - Number(b.ok))
          .map(({ machine, check, ok, detail }) => [machine, check, ok ? 'yes' : html`<b>no</b>`, detail]),
      }),
      table({
        caption: 'Acknowledged writes, read back',
        head: [
          'machine',
          '#acknowledged',
          '#verified',
          '#in flight',
          '#lost',
          '#unreadable',
          '#stale',
          '#torn',
          '#misdirected',
          '#corrupt',
          '',
        ],
        rows: data.map((each) => [
          ...[
            each.machine,
            each.acknowledged,
            each.verified,
            each.inflight,
            each.lost,
            each.unreadable,
            each.stale,
            each.torn,
            each.misdirected,
            each.corrupt,
          ],
          each.detail,
        ]),
      }),
    ]),
  ]);
}
