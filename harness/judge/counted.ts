/** Which events an objective counts: not what follows from another, not what a storm must bring, not what is waived. */
import type { EventClass, Objective } from '../../results/model.ts';
import { BLINDING } from './doubts.ts';
import { AFTERWARDS_S, faultWindows } from './during.ts';
import { backAt, type Evidence, type SeenEvent, unaskedRestarts } from './evidence.ts';
import type { Standing } from './waivers.ts';

export interface Counted {
  readonly failing: readonly SeenEvent[];
  /** those that would be failing, each with the first waiver that excuses it */
  readonly excused: ReadonlyMap<SeenEvent, Standing>;
  /** those that the storm brings with any kernel, and that are no failure */
  readonly expected: readonly SeenEvent[];
}

/**
 * A waiver takes an event out before anything is asked of what follows from it: a panic after a waived WARNING is a crash by itself, and is excused
 * only by a waiver of its own.
 */
export function countedEvents(
  evidence: Evidence,
  { classes, tolerates = [], exceptDuring }: Extract<Objective, { kind: 'no_event' }>,
  waivers: readonly Standing[],
): Counted {
  const isTolerated = (seen: SeenEvent): boolean =>
    (tolerates.includes(seen.event.kind) && isExplained(evidence, seen)) || isDuring(evidence, seen, exceptDuring);
  const asked = eventsOf(evidence, classes);
  const excused = new Map<SeenEvent, Standing>();
  for (const seen of asked) {
    const waiver = waivers.find(({ expired, fits }) => !expired && fits(seen, evidence.about.candidate));
    if (waiver !== undefined && !isTolerated(seen)) excused.set(seen, waiver);
  }
  const failing = primary(asked.filter((seen) => !excused.has(seen) && !isTolerated(seen)));
  return { failing, excused, expected: asked.filter(isTolerated) };
}

/** The kernel looks once in each timeout: what it tells later than that of a task which went on with its machine is of another stop. */
function isExplained(evidence: Evidence, { machine, t }: SeenEvent): boolean {
  return t <= (backAt(evidence, machine) ?? Number.POSITIVE_INFINITY) + evidence.about.hungTaskTimeout_s + 1;
}

/** What comes under a fault that makes it happen on purpose. */
function isDuring(evidence: Evidence, { machine, t }: SeenEvent, fault: string | undefined): boolean {
  return fault !== undefined && faultWindows(evidence, fault, machine).some(({ begin, end }) => t >= begin && t <= end + AFTERWARDS_S);
}

/** All events of `classes`; of restarts those that nobody asked for, which are crashes. */
function eventsOf(evidence: Evidence, classes: readonly EventClass[]): SeenEvent[] {
  const unasked = new Set(classes.includes('crash') ? evidence.about.machines.flatMap(({ name }) => unaskedRestarts(evidence, name)) : []);
  return evidence.events.filter((seen) => {
    if (seen.event.kind in BLINDING) return false;
    return seen.event.kind === 'restart' ? unasked.has(seen) : classes.includes(seen.event.class);
  });
}

/**
 * One that merely follows from another is left out only when that other is counted itself: a panic that follows from a hung task is still a crash for
 * an objective that does not ask about hangs.
 */
function primary(counted: readonly SeenEvent[]): SeenEvent[] {
  const known = new Set(counted.map(({ machine, event }) => `${machine}/${event.id}`));
  return counted.filter(({ machine, event }) => !known.has(`${machine}/${event.consequenceOf}`));
}
