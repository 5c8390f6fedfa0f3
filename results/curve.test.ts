import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SAMPLE_CURVE } from './curve.sample.ts';
import { byLoad, Curve, type CurvePoint, cliffOf, OUTCOMES } from './curve.ts';

const point = (offered_pps: number, change: Partial<CurvePoint> = {}): CurvePoint => ({
  offered_pps,
  received_pps: offered_pps,
  lossRatio: 0,
  softirqShare: 0.5,
  probes: { network_p99_ms: 1 },
  outcome: 'ok',
  ...change,
});

describe('the trials of a search', () => {
  it('are one load when they differ by the noise of the generator, and rise', () => {
    const loads = byLoad([point(120_500), point(100_000), point(99_000), point(121_000), point(105_000), point(120_000)]);
    expect(loads.map(({ offered_pps, trials }) => [offered_pps, trials])).toEqual([
      [99_000, 2],
      [105_000, 1],
      [120_500, 3],
    ]);
  });

  it('have the median of their loss, and the worst of softirq and latency', () => {
    const [load] = byLoad([
      point(1000, { lossRatio: 0.1, outcome: 'loss', softirqShare: null }),
      point(1000, { lossRatio: 0, probes: { network_p99_ms: 7 } }),
      point(1000, { lossRatio: 0, softirqShare: 0.9 }),
    ]);
    expect(load).toMatchObject({ lossRatio: 0, softirqShare: 0.9, probes: { network_p99_ms: 7 }, outcome: 'ok', trials: 3 });
  });

  it('have no latency when one of them had no answer, and none at all when nobody asked', () => {
    const [load] = byLoad([point(1000), point(1000, { probes: { network_p99_ms: null } })]);
    expect(load?.probes).toEqual({ network_p99_ms: null });
  });

  it('lost packets when most of them did, and had an event when one of them did', () => {
    const lossy = point(1000, { outcome: 'loss' });
    const hung = point(1000, { outcome: 'event', why: 'soft lockup' });
    expect(byLoad([lossy, lossy, point(1000)])[0]?.outcome).toBe('loss');
    expect(byLoad([lossy, point(1000), point(1000)])[0]?.outcome).toBe('ok');
    expect(byLoad([lossy, hung, point(1000)])[0]).toMatchObject({ outcome: 'event', why: 'soft lockup' });
  });

  it('are all counted, in rising order, whatever they are', () => {
    const any = fc.record({ offered: fc.double({ min: 0, max: 1e9, noNaN: true }), outcome: fc.constantFrom(...OUTCOMES) });
    fc.assert(
      fc.property(fc.array(any), (points) => {
        const loads = byLoad(points.map(({ offered, outcome }) => point(offered, { outcome })));
        expect(loads.reduce((sum, { trials }) => sum + trials, 0)).toBe(points.length);
        expect(loads.every(({ offered_pps }, at) => at === 0 || offered_pps > (loads[at - 1]?.offered_pps ?? 0))).toBe(true);
      }),
    );
  });
});

describe('the cliff', () => {
  const cliff = (...outcomes: CurvePoint['outcome'][]) =>
    cliffOf(byLoad(outcomes.map((outcome, at) => point(1000 * 2 ** at, { outcome }))));

  it('is the lowest load that the host did not survive', () => {
    expect(cliff('ok', 'loss', 'loss', 'died')).toEqual({ offered_pps: 8000, borne_pps: 4000, outcome: 'died' });
  });

  it('is the lowest load that lost packets where the host survived everything', () => {
    expect(cliff('ok', 'ok', 'loss')).toEqual({ offered_pps: 4000, borne_pps: 2000, outcome: 'loss' });
  });

  it('is where the host failed first, though it survived a higher load', () => {
    expect(cliff('ok', 'event', 'ok', 'died')).toMatchObject({ offered_pps: 2000, borne_pps: 1000, outcome: 'event' });
  });

  it('has nothing before it when no load was borne, and is nowhere when all were', () => {
    expect(cliff('died')).toMatchObject({ offered_pps: 1000, borne_pps: null });
    expect(cliff('ok', 'ok')).toBeUndefined();
    expect(cliff()).toBeUndefined();
  });
});

it('a curve goes through its schema as it is', () => {
  expect(Curve.parse(JSON.parse(JSON.stringify(SAMPLE_CURVE)))).toEqual(SAMPLE_CURVE);
});
