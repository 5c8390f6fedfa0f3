/** How each probe came back after the storm, in its parts: the tail's first reply, the first answer, and steady again. */
import type { Recovery } from '../../model.ts';
import { bar, type Stretch } from './bars.ts';
import { lowerBound } from './downsample.ts';
import { html, type Markup } from './markup.ts';
import { windowsOf } from './spans.ts';
import { all, type Story } from './story.ts';
import { folded, part, sentences, table } from './table.ts';

interface Parts {
  readonly recovery: Recovery;
  /** seconds from the storm's end */
  readonly firstReply: number | undefined;
  readonly firstAnswer: number | undefined;
  /** seconds that are allowed */
  readonly atMost: number | undefined;
}

const HOW: Readonly<Record<Recovery['how'], string>> = {
  self: 'by itself',
  'after reset': 'after reset',
  'not recovered': 'not recovered',
};

export function recoveryPart(story: Story): Markup | undefined {
  const end = windowsOf(story).after?.from;
  const parts = (story.result?.recovery ?? []).map((recovery) => partsOf(story, recovery, end));
  const most = Math.max(
    1,
    ...parts.flatMap(({ recovery, atMost }) => [recovery.seconds ?? 0, ...(worthScale(recovery, atMost) ? [atMost as number] : [])]),
  );
  const figures = table({
    caption: 'Recovery of each probe, in seconds from the end of the storm',
    head: ['machine', 'probe', 'how', "#tail's first reply", '#first answer', '#steady again', '#allowed', ''],
    rows: parts.map((each) => [
      each.recovery.machine,
      each.recovery.probe,
      HOW[each.recovery.how],
      seconds(each.firstReply),
      seconds(each.firstAnswer),
      each.recovery.seconds === null ? html`<b>never</b>` : seconds(each.recovery.seconds),
      seconds(each.atMost),
      barOf(each, most),
    ]),
  });
  const atOnce = parts.length > 0 && parts.every(({ recovery: { seconds: took, how } }) => took === 0 && how === 'self');
  return part(
    3,
    'How it came back',
    atOnce ? [sentences(['every probe of every machine was steady at once']), folded('the figures', [figures])] : [figures],
  );
}

/** The bound is on the same scale only where it does not make all bars vanish beside it. */
const worthScale = ({ seconds: took }: Recovery, atMost: number | undefined): boolean =>
  atMost !== undefined && (took === null || took * 8 > atMost);

const seconds = (value: number | undefined): string => (value === undefined ? '–' : `${Math.round(value * 10) / 10} s`);

function partsOf({ records, probes }: Story, recovery: Recovery, end: number | undefined): Parts {
  const { machine, probe } = recovery;
  const reply = probe === 'storage' ? all(records, 'firstReply').findLast((each) => each.machine === machine) : undefined;
  const atMost = all(records, 'trial')
    .flatMap(({ objectives }) => objectives)
    .find((objective) => objective.kind === 'recovery' && objective.probe === probe);
  const samples = probes.find((each) => each.machine === machine && each.probe === probe)?.samples;
  const suffered = recovery.seconds !== 0 && end !== undefined && samples !== undefined;
  return {
    recovery,
    firstReply: reply === undefined ? undefined : Math.max(0, reply.at - reply.healed),
    firstAnswer: suffered ? firstAnswer(samples.t, samples.ms, end) : undefined,
    atMost: atMost?.kind === 'recovery' ? atMost.atMost_s : undefined,
  };
}

function firstAnswer(t: readonly number[], ms: readonly number[], end: number): number | undefined {
  for (let at = lowerBound(t, end); at < t.length; at += 1) if (!Number.isNaN(ms[at] as number)) return (t[at] as number) - end;
  return undefined;
}

function barOf({ recovery, firstReply, firstAnswer: answered, atMost }: Parts, most: number): Markup {
  const mark = atMost !== undefined && atMost <= most ? atMost / most : undefined;
  if (recovery.seconds === null) return bar([{ from: 0, to: 1, colour: 'bad' }], mark);
  const whole = recovery.seconds;
  const stretches: Stretch[] = [];
  let from = 0;
  for (const [until, colour] of [
    [firstReply, 'silent'],
    [answered, 'waiting'],
    [whole, 'settling'],
  ] as const) {
    if (until === undefined || until <= from) continue;
    stretches.push({ from: from / most, to: Math.min(until, whole) / most, colour });
    from = Math.min(until, whole);
  }
  return bar(stretches, mark);
}
