import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CounterSample, type LossBound, systemRecovery } from './loss.ts';
import { seeded } from './simulated.testing.ts';

const HZ = 10;
const BOUND: LossBound = { lossRatio: 0, slack_packets: 200, hold_s: 1 };

/**
 * Counters of a host at 10 Hz: the load is 100 k/s up to `from` = 10 s, 50 k/s after it. `lossRatio` says what is lost at time `t`, `queue` how many packets
 * wait at that time. The received counter is read up to `skew_s` later than the other one.
 */
function counters(
  to: number,
  lossRatio: (t: number) => number,
  queue: (t: number) => number = () => 0,
  skew_s = 0,
  seed = 1,
): CounterSample[] {
  const random = seeded(seed);
  const samples: CounterSample[] = [];
  let [offered, lost, read] = [0, 0, 0];
  for (let step = 0; step <= to * HZ; step += 1) {
    const t = step / HZ;
    const pps = t <= 10 ? 100_000 : 50_000;
    offered += step === 0 ? 0 : pps / HZ;
    lost += step === 0 ? 0 : (pps / HZ) * lossRatio(t);
    read = Math.max(read, offered - lost - queue(t) + random() * skew_s * pps);
    samples.push({ t, offered: Math.round(offered), received: Math.round(read) });
  }
  return samples;
}

/** Lost is 30 % up to `end`. */
const until = (end: number) => (t: number) => (t <= end + 1e-9 ? 0.3 : 0);

describe('the system recovery of RFC 2544', () => {
  it('is the time from the drop of the load to the last loss, to within a reading', () => {
    expect(systemRecovery(counters(20, until(12.4)), 10, BOUND)).toEqual({
      seconds: expect.closeTo(2.4, 6),
      drained_s: 0,
      resolution_s: expect.closeTo(0.1, 6),
    });
  });

  const zero: [what: string, samples: CounterSample[]][] = [
    ['when nothing was lost at all', counters(20, () => 0)],
    ['when loss ended before the load dropped', counters(20, until(8))],
    ['when loss ended as the load dropped', counters(20, until(10))],
    ['when the counters are read 1 ms apart', counters(20, until(9), () => 0, 0.001)],
    ['when only a queue drains', counters(20, until(10), (t) => Math.max(0, t <= 10 ? 40_000 : 40_000 - (t - 10) * 20_000))],
  ];
  it.each(zero)('is 0 %s', (_what, samples) => expect(systemRecovery(samples, 10, BOUND)?.seconds).toBe(0));

  it('tells apart when the backlog was worked off, since loss behind it cannot be seen', () => {
    const draining = counters(20, until(10), (t) => Math.max(0, t <= 10 ? 40_000 : 40_000 - (t - 10) * 20_000));
    expect(systemRecovery(draining, 10, BOUND)).toEqual({ seconds: 0, drained_s: expect.closeTo(2, 1), resolution_s: 0 });
  });

  it('counts loss after a drained queue, also when more was drained than lost', () => {
    const late = counters(
      20,
      (t) => (t > 13 && t <= 13.5 ? 0.3 : 0),
      (t) => Math.max(0, t <= 10 ? 40_000 : 40_000 - (t - 10) * 20_000),
    );
    expect(systemRecovery(late, 10, BOUND)?.seconds).toBeCloseTo(3.5, 6);
  });

  it('counts a burst long after everything seemed well', () => {
    expect(
      systemRecovery(
        counters(60, (t) => (t > 42 && t <= 42.1 ? 0.3 : 0)),
        10,
        BOUND,
      )?.seconds,
    ).toBeCloseTo(32.1, 6);
  });

  it('counts loss that is too slow to be seen between two readings', () => {
    const slow = counters(60, (t) => (t <= 40 ? 0.002 : 0));
    const { seconds = 0 } = systemRecovery(slow, 10, BOUND) ?? {};
    expect(seconds).toBeGreaterThan(27.5);
    expect(seconds).toBeLessThanOrEqual(30);
  });

  it('leaves stray loss within the bound aside', () => {
    const stray = counters(60, (t) => (t <= 12 ? 0.3 : 0.002));
    expect(systemRecovery(stray, 10, { ...BOUND, lossRatio: 0.005 })?.seconds).toBeCloseTo(2, 6);
    expect(systemRecovery(stray, 10, BOUND)).toBeUndefined();
  });

  it('is found within two readings whatever the noise of the counters and the end of the loss', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.nat(), (tenths, seed) => {
        const found = systemRecovery(
          counters(21, until(10 + tenths / 10), () => 0, 0.002, seed),
          10,
          BOUND,
        );
        expect(found?.seconds).toBeGreaterThan(tenths / 10 - 0.15);
        expect(found?.seconds).toBeLessThan(tenths / 10 + 0.15);
      }),
    );
  });

  const never: [what: string, samples: CounterSample[]][] = [
    ['loss goes on to the end', counters(20, () => 0.3)],
    ['the host receives nothing more', counters(20, (t) => (t > 11 ? 1 : 0))],
    ['loss ended too late to be sure', counters(20, until(19.5))],
    ['the generator stopped', [...counters(15, until(12)), { t: 20, offered: 1_250_000, received: 900_000 }]],
    ['the received counter began anew', [...counters(15, until(12)), { t: 15.1, offered: 1_255_000, received: 5_000 }]],
    ['there is no sample', []],
  ];
  it.each(never)('is undefined when %s', (_what, samples) => expect(systemRecovery(samples, 10, BOUND)).toBeUndefined());
});
