/** History records -> lines that stay: what a CI log holds, and what scrolls above the live view. */
import { badBlocks, tellBadBlocks } from '../../results/blocks.ts';
import type { HistoryRecord, TrialResult } from '../../results/model.ts';
import { printable } from '../../results/report/cells.ts';
import { withWaivers } from '../../results/report/waiver-text.ts';

export type Tone = 'plain' | 'dim' | 'good' | 'bad' | 'doubt';

export interface Line {
  readonly tone: Tone;
  readonly text: string;
}

type Teller<K extends HistoryRecord['k']> = (record: Extract<HistoryRecord, { k: K }>) => Line | undefined;

const nothing = (): undefined => undefined;
const line = (tone: Tone, text: string): Line => ({ tone, text });

const FSCK_TONES = { clean: 'good', damaged: 'bad', unknown: 'doubt' } as const;
const FSCK_WORDS = { clean: 'clean', damaged: 'damaged', unknown: 'clean or damaged, nobody can tell' } as const;

/** One teller per kind of record; what comes ten times a second is told by the live view alone. */
const TELLERS: { readonly [K in HistoryRecord['k']]: Teller<K> } = {
  trial: nothing,
  sample: nothing,
  io: nothing,
  contention: nothing,
  memory: nothing,
  measure: ({ machine, name, seconds }) => line('dim', `${machine}: ${name} took ${seconds} s`),
  counters: nothing,
  fact: nothing,
  phase: ({ phase, state }) => (state === 'begin' ? line('dim', phase) : undefined),
  armed: ({ machine, check, ok, detail }) => (ok ? undefined : line('doubt', `${machine}: not armed: ${check}: ${detail}`)),
  action({ what, name, on, state, detail, figures = {} }) {
    const more = [...(detail === undefined ? [] : [detail]), ...Object.entries(figures).map(([figure, value]) => `${figure} ${value}`)];
    const how = state === 'begin' ? 'begins' : state === 'end' ? 'ended' : 'failed';
    // a reset is its own name
    const told = `${what === name ? what : `${what} ${name}`} on ${on} ${how}${more.length === 0 ? '' : `: ${more.join(', ')}`}`;
    return line(state === 'failed' ? 'doubt' : 'plain', told);
  },
  event({ machine, event }) {
    if (event.severity === 'info') return undefined;
    const follows = event.consequenceOf === undefined ? '' : ', follows from the above';
    const task = event.task === undefined ? '' : `, ${event.task}${event.seconds === undefined ? '' : ` for ${event.seconds} s`}`;
    return line(event.severity === 'warning' ? 'doubt' : 'bad', `${machine}: ${event.title} (${event.class}${task}${follows})`);
  },
  search({ pps, for_s, offered_packets, lossRatio, outcome, why }) {
    const offered = `${Math.round(offered_packets / for_s)} of ${pps} packets/s offered`;
    const lost = `${(lossRatio * 100).toFixed(lossRatio < 0.1 ? 2 : 0)} % lost`;
    return line(outcome === 'ok' ? 'plain' : 'bad', `${offered}, ${lost}${outcome === 'ok' ? '' : `, ${outcome}: ${why}`}`);
  },
  systemRecovery({ overload_pps, relief_pps, seconds, why }) {
    if (why !== undefined) return line('doubt', `the system recovery was not measured: ${why}`);
    const ended = seconds === null ? 'loss did not end' : `no loss after ${seconds.toFixed(1)} s`;
    return line(seconds === null ? 'bad' : 'good', `from ${overload_pps} to ${relief_pps} packets/s: ${ended}`);
  },
  recovered: ({ machine, how }) =>
    line(
      how === 'self' ? 'good' : 'bad',
      how === 'self' ? `${machine}: recovered by itself` : `${machine}: ${how === 'not recovered' ? how : `recovered ${how}`}`,
    ),
  data({ machine, ...counts }) {
    return badBlocks(counts) === 0
      ? line('good', `${machine}: ${counts.verified} acknowledged writes read back, none lost`)
      : line('bad', `${machine}: ${tellBadBlocks(counts)}`);
  },
  firstReply: nothing,
  waiver: nothing,
  fsck: ({ machine, fileSystem, verdict, detail }) =>
    line(FSCK_TONES[verdict], `${machine}: its ${fileSystem} is ${FSCK_WORDS[verdict]}${detail === '' ? '' : `: ${detail}`}`),
  skipped: ({ reason }) => line('doubt', `skipped: ${reason}`),
  failure: ({ phase, fault, message }) =>
    line(fault === 'candidate' ? 'bad' : 'doubt', `${fault === 'candidate' ? 'the candidate failed' : fault} in ${phase}: ${message}`),
};

/** What is to be said of a record, or undefined. */
export function tell(record: HistoryRecord): Line | undefined {
  // The table pairs each kind with its own teller; the compiler cannot follow that through the lookup.
  const told = (TELLERS[record.k] as Teller<HistoryRecord['k']>)(record);
  return told && { tone: told.tone, text: `${stamp(record.t)}  ${printable(told.text)}` };
}

const VERDICT_TONES = { pass: 'good', fail: 'bad', unknown: 'doubt', skip: 'doubt' } as const;

export function tellVerdict(trial: TrialResult, t: number): Line {
  const why = trial.reasons[0];
  return {
    tone: VERDICT_TONES[trial.verdict],
    text: `${stamp(t)}  ${trial.verdict.toUpperCase()} ${printable(`${trial.name}${withWaivers([trial])}${why === undefined ? '' : `: ${why}`}`)}`,
  };
}

/** Seconds since the run's start as `m:ss`, padded for a column. */
function stamp(t: number): string {
  return clock(t).padStart(6);
}

/** `75` -> `1:15`; hours are told where there are any. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
