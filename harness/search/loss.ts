/**
 * System recovery of RFC 2544, section 26.5: the host is overloaded, then the load drops to half; how long until the last packet is lost.
 * From counters, since no generator tells which packet was the last.
 */

/** Both counters since the beginning, read at `t`. What was offered and is not (yet) received is lost, queued or under way. */
export interface CounterSample {
  readonly t: number;
  readonly offered: number;
  readonly received: number;
}

export interface LossBound {
  /** the loss ratio that is not loss yet: stray packets of the lab's own */
  readonly lossRatio: number;
  /** packets by which the difference of the counters may rise without loss: twice the rate times the time between the two readings, and what may be under way */
  readonly slack_packets: number;
  /** how long there must be no loss, in seconds */
  readonly hold_s: number;
}

/** Seconds count from the drop of the load. */
export interface SystemRecovery {
  /** the first reading after which no more than the slack was lost; 0 when nothing was lost after the drop */
  readonly seconds: number;
  /** when the backlog was worked off too. While a queue drains, more arrives than is sent, and loss behind it cannot be seen: the true figure is at most this, or `seconds` where that is later */
  readonly drained_s: number;
  /** the time between the reading that gave `seconds` and the one before: the true end of the loss is anywhere in between */
  readonly resolution_s: number;
}

/**
 * The system recovery after the load dropped at `from` (same clock as the samples, which are in order of time). Loss is a rise of what is missing by more
 * than the slack, from any reading to any later one: so counters that are read at slightly different instants are not loss, slow loss is,
 * and a draining queue, where what is missing falls, neither is loss nor makes up for any.
 *
 * Undefined when loss was not seen to have ended at least `hold_s` before the last sample, when nothing was offered in that time, or when a counter began anew: a host that
 * was booted again did not recover by itself.
 */
export function systemRecovery(samples: readonly CounterSample[], from: number, bound: LossBound): SystemRecovery | undefined {
  const start = samples.findLastIndex(({ t }) => t <= from);
  const seen = samples.slice(Math.max(0, start));
  const last = seen.at(-1);
  if (
    last === undefined ||
    seen.some(({ offered, received }, at) => at > 0 && beganAnew(seen[at - 1] as CounterSample, { offered, received }))
  ) {
    return undefined;
  }
  const missing = seen.map(({ offered, received }) => offered * (1 - bound.lossRatio) - received);
  const at = endOfRise(missing, bound.slack_packets);
  const end = seen[at] as CounterSample;
  const held = seen.find(({ t }) => t >= last.t - bound.hold_s) as CounterSample;
  // Loss that took a while to exceed the slack is not seen to have ended before it could have done so again, twice over.
  const hold_s = Math.max(
    bound.hold_s,
    at === 0 ? 0 : 2 * (end.t - (seen[startOfRise(missing, at, bound.slack_packets)] as CounterSample).t),
  );
  if (last.t - Math.max(end.t, from) < hold_s || last.offered - held.offered <= bound.slack_packets) return undefined;
  const since = ({ t }: CounterSample): number => Math.max(0, t - from);
  return {
    seconds: since(end),
    drained_s: since(seen[endOfFall(missing, bound.slack_packets)] as CounterSample),
    resolution_s: at === 0 ? 0 : end.t - (seen[at - 1] as CounterSample).t,
  };
}

function beganAnew(before: CounterSample, { offered, received }: Omit<CounterSample, 't'>): boolean {
  return offered < before.offered || received < before.received;
}

/** The first index from which on no later value is more than `slack` above any before it. */
function endOfRise(values: readonly number[], slack: number): number {
  let highest = -Infinity;
  for (let at = values.length - 1; at >= 0; at -= 1) {
    const value = values[at] as number;
    if (highest - value > slack) return at + 1;
    highest = Math.max(highest, value);
  }
  return 0;
}

/** The last index before `at` whose value is more than `slack` below the one at `at`; 0 when there is none. */
function startOfRise(values: readonly number[], at: number, slack: number): number {
  const reached = values[at] as number;
  return Math.max(
    0,
    values.findLastIndex((value, index) => index < at && reached - value > slack),
  );
}

/** The first index from which on no later value is more than `slack` below any before it. */
function endOfFall(values: readonly number[], slack: number): number {
  return endOfRise(
    values.map((value) => -value),
    slack,
  );
}
