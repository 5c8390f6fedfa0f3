/** Why the silence of a trial proves nothing: what would have spoken was not shown to work, or the trial did not get to its end. */
import { ARM_CHECKS, type EventClass, type Objective, PHASES } from '../../results/model.ts';
import { inForce } from '../../suites/tweaks/apply.ts';
import type { Kind } from '../detect/kinds.ts';
import { all, backAt, type Evidence, growthOf, lastCounters, type SeenEvent, stormEnd, unended } from './evidence.ts';
import { floodsOf } from './offered.ts';

/** Events that say that other events may be missing, and of which classes. Where one is seen, the absence of those is unproven. */
export const BLINDING: Readonly<Record<string, readonly EventClass[] | 'all'>> = {
  hung_suppressed: ['hang'],
  log_gap: 'all',
  console_gap: 'all',
};

/**
 * khungtaskd looks once per timeout and reports a task that it found unmoved for a whole one: at the latest two timeouts after it stopped
 * (kernel/hung_task.c, check_hung_task()).
 */
export const HUNG_TASK_TIMEOUTS = 2;

/** What the kernel counts beside the events of a kind that it prints. The first is in newer kernels only. */
const COUNTED = {
  hang: { counter: 'hung_task_detect_count', kind: 'hung_task' },
  memory: { counter: 'oom_kill', kind: 'oom_kill' },
} as const satisfies Partial<Record<EventClass, { counter: string; kind: Kind }>>;

/** Sentences, most important first. Empty means that silence may be believed. */
export function doubtsOf(evidence: Evidence): string[] {
  return [
    ...stopped(evidence),
    ...passedOver(evidence),
    ...unarmed(evidence),
    ...unfinished(evidence),
    ...halfDone(evidence),
    ...halfOffered(evidence),
  ];
}

/** A clock that leapt makes watchdogs lie; it makes no crash. */
const passedOver = ({ passedOver: crashes }: Evidence): string[] => [
  ...new Set(crashes.map(({ machine, event }) => `${machine}: "${event.title}" in a boot that was then done again`)),
];

/** Reasons why nothing seen of these classes, but for what was waived, is not the same as nothing there. */
export function blinded(
  evidence: Evidence,
  asked: Pick<Extract<Objective, { kind: 'no_event' }>, 'classes' | 'tolerates'>,
  waived: readonly SeenEvent[],
): string[] {
  return [...hidden(evidence, asked.classes), ...contradicted(evidence, asked.classes, waived), ...unwatched(evidence, asked)];
}

function hidden(evidence: Evidence, classes: readonly EventClass[]): string[] {
  const said = evidence.events
    .filter(({ event }) => {
      const hides = BLINDING[event.kind];
      return hides === 'all' || hides?.some((name) => classes.includes(name));
    })
    .map(({ machine, event }) => `${machine}: "${event.title}": what was not printed cannot be counted`);
  return [...new Set(said)];
}

/**
 * The kernel counted what nobody saw. Where anything of the class is waived, as many of the very kind that it counts must have been seen since the counter
 * was read first: the others may be of another bug.
 */
function contradicted(evidence: Evidence, classes: readonly EventClass[], waived: readonly SeenEvent[]): string[] {
  const counted = (Object.keys(COUNTED) as (keyof typeof COUNTED)[]).filter((each) => classes.includes(each));
  return evidence.about.machines.flatMap(({ name }) => {
    const own = evidence.events.filter(({ machine }) => machine === name);
    return counted.flatMap((each) => {
      const { counter, kind } = COUNTED[each];
      const growth = growthOf(evidence, name, counter) ?? 0;
      if (growth <= 0) return [];
      const from = lastCounters(evidence, name, 'before')?.t ?? 0;
      const isWaived = waived.some(({ machine, event }) => machine === name && event.class === each);
      // those that are tolerated were seen
      const seen = isWaived
        ? own.filter(({ t, event }) => event.kind === kind && t >= from).length
        : own.filter(({ event }) => event.class === each).length;
      if (isWaived ? seen >= growth : seen > 0) return [];
      return [`${name}: ${counter} grew by ${growth}, and ${seen === 0 ? 'no such event was' : `only ${seen} such events were`} seen`];
    });
  });
}

/** A task that stopped with the storm, or that was not freed with its machine, could not have been reported yet, or again. */
function unwatched(evidence: Evidence, { classes, tolerates = [] }: Parameters<typeof blinded>[1]): string[] {
  const storm = stormEnd(evidence);
  const until = evidence.phases.get('collect')?.end;
  // a storm and a collect phase without an end are doubts of their own
  if (!classes.includes('hang') || 'why' in storm || until === undefined) return [];
  const back = tolerates.length === 0 ? [] : evidence.about.machines.flatMap(({ name }) => backAt(evidence, name) ?? []);
  const from = Math.max(storm.t, ...back);
  const watched_s = Math.floor((until - from) * 10 + 1e-6) / 10;
  const needed_s = HUNG_TASK_TIMEOUTS * evidence.about.hungTaskTimeout_s;
  const since = from > storm.t ? 'all were back' : 'the storm';
  return watched_s >= needed_s ? [] : [`watched only ${watched_s} s after ${since}, ${needed_s} s are needed to see a hung task`];
}

function stopped(evidence: Evidence): string[] {
  const whose = { infrastructure: 'our side failed', interrupted: 'interrupted', candidate: '' };
  return all(evidence.records, 'failure')
    .filter((failure) => failure.fault !== 'candidate')
    .map((failure) => `${whose[failure.fault]} in ${failure.phase}: ${failure.message}`);
}

/** The check of a step that proves a tweak (suites/tweaks/apply.ts), done again at the end of a trial. */
export const heldToTheEnd = (step: string): string => `${step} after the storm`;

function unarmed(evidence: Evidence): string[] {
  const checks = all(evidence.records, 'armed');
  const broken = checks
    .filter((check) => !check.ok)
    .map((check) => `${check.machine}: detector not armed: ${check.check}: ${check.detail}`);
  const silent = evidence.about.machines.flatMap(({ name }) => {
    const untried = ARM_CHECKS.filter((wanted) => !checks.some(({ machine, check }) => machine === name && check === wanted));
    return untried.length === 0 ? [] : [`${name}: its detectors were never shown to work: ${untried.join(', ')}`];
  });
  const unproven = (evidence.about.tweaks ?? []).flatMap((tweak) =>
    evidence.about.machines
      .filter(({ name }) => !checks.some(({ machine, check }) => machine === name && check === heldToTheEnd(inForce(tweak))))
      .map(({ name }) => `${name}: the tweak ${tweak} was never shown to be in force to the end`),
  );
  return [...new Set([...broken, ...silent, ...unproven])];
}

/** Every phase must have ended, up to the release: a record that was cut off must not look better than the whole. */
function unfinished(evidence: Evidence): string[] {
  const missing = PHASES.find((phase) => evidence.phases.get(phase)?.end === undefined);
  if (missing === undefined) return [];
  const begun = evidence.phases.get(missing)?.begin !== undefined;
  return [`the trial ${begun ? `stopped in its ${missing} phase` : `never came to its ${missing} phase`}`];
}

/** What the suite asked for and did not get done. */
function halfDone(evidence: Evidence): string[] {
  const failed = all(evidence.records, 'action')
    .filter((action) => action.state === 'failed' && action.what !== 'reset')
    .map((action) => `${action.what} ${action.name} on ${action.on} failed${action.detail ? `: ${action.detail}` : ''}`);
  const left = unended(evidence).map((action) => `${action.what} ${action.name} on ${action.on} was never confirmed to have ended`);
  return [...new Set([...failed, ...left])];
}

/** Of what a flood was to offer, so much must have been sent for it to be that flood; a search finds out by itself what its engine can. */
const LEAST_SENT = 0.5;

/** An engine that could not keep up, in number or in time: the host bore less than was asked for. */
function halfOffered(evidence: Evidence): string[] {
  if (evidence.about.search !== undefined) return [];
  return floodsOf(evidence).flatMap(({ name, on, state, figures, packets, seconds }) => {
    const { asked_packets: asked = 0, asked_s = seconds } = figures;
    if (state !== 'end' || packets / seconds >= (LEAST_SENT * asked) / asked_s) return [];
    const came = `${packets} of ${asked} packets in ${seconds.toFixed(1)} s instead of ${asked_s} s`;
    return [`${name} on ${on} offered ${came}: that was not the flood that was asked for`];
  });
}
