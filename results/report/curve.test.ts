import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SAMPLE_CURVE } from '../curve.sample.ts';
import { type Curve, type CurvePoint, type GoalResult, OUTCOMES } from '../curve.ts';
import { cells } from './cells.ts';
import { renderCurveSvg } from './curve-svg.ts';
import { renderCurveText } from './curve-text.ts';
import { goalName, goalText, latency, percent, rate, recoveryText } from './curve-words.ts';
import { kindFor, scaleOf } from './picture-scale.ts';
import { expectWellFormed } from './svg.testing.ts';

const textOf = (curve: Curve, width: number, colour = false): string[] => renderCurveText(curve, { width, colour }).trimEnd().split('\n');

const latencyMs = fc.option(fc.double({ min: 0, max: 1e5, noNaN: true }), { nil: null });
const anyPoint: fc.Arbitrary<CurvePoint> = fc.record({
  offered_pps: fc.double({ min: 0, max: 1e9, noNaN: true }),
  received_pps: fc.double({ min: 0, max: 1e9, noNaN: true }),
  lossRatio: fc.double({ min: 0, max: 1, noNaN: true }),
  softirqShare: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
  probes: fc.record({ network_p99_ms: latencyMs, tenant_p99_ms: latencyMs }, { requiredKeys: [] }),
  outcome: fc.constantFrom(...OUTCOMES),
  why: fc.string({ unit: 'grapheme' }),
});
const pps = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: null });
const anyGoal: fc.Arbitrary<GoalResult> = fc.record({
  goal: fc.string({ unit: 'grapheme' }),
  lossBound: fc.constantFrom(0, 0.005, null),
  kind: fc.constantFrom('found', 'at least', 'below', 'unknown'),
  pps,
  lower_pps: pps,
  upper_pps: pps,
  forwarded_pps: pps,
  inversion_pps: pps,
  trials: fc.nat(),
});
const anyCurve: fc.Arbitrary<Curve> = fc.record({
  points: fc.array(anyPoint, { maxLength: 8 }),
  goals: fc.array(anyGoal, { maxLength: 4 }),
});

describe('figures', () => {
  const rates: [number, string][] = [
    [0, '0 /s'],
    [950, '950 /s'],
    [999.9, '1 k/s'],
    [98_218, '98.2 k/s'],
    [120_000, '120 k/s'],
    [999_999, '1 M/s'],
    [1_453_488, '1.45 M/s'],
    [14_534_883, '14.5 M/s'],
  ];
  it.each(rates)('%s packets/s are %s', (value, expected) => expect(rate(value)).toBe(expected));

  const shares: [number, string][] = [
    [0, '0 %'],
    [1e-9, '<0.001 %'],
    [0.00002, '0.002 %'],
    [0.005, '0.5 %'],
    [0.66, '66 %'],
    [0.9999, '>99.9 %'],
    [0.9959, '99.5 %'],
    [1, '100 %'],
  ];
  it.each(shares)('a share of %s is %s', (value, expected) => expect(percent(value)).toBe(expected));

  const latencies: [number | null | undefined, string][] = [
    [0.417, '0.42 ms'],
    [12.3, '12 ms'],
    [431.2, '431 ms'],
    [999.9, '1 s'],
    [1540, '1.5 s'],
    [null, 'none'],
    [undefined, '-'],
  ];
  it.each(latencies)('a latency of %s ms is %s', (value, expected) => expect(latency(value)).toBe(expected));
});

describe('what a search found', () => {
  const survival = SAMPLE_CURVE.goals[2] as GoalResult;
  const cases: [Partial<GoalResult>, string][] = [
    [{}, '297 k/s, and not 305 k/s'],
    [{ inversion_pps: 400_000 }, '297 k/s, and not 305 k/s; 400 k/s passed nevertheless'],
    [{ kind: 'at least', upper_pps: null, limit: 'generator' }, 'at least 297 k/s, all that the generator reached'],
    [{ kind: 'at least', upper_pps: null, limit: 'range' }, 'at least 297 k/s, the highest load asked for'],
    [{ kind: 'below', pps: 1_000 }, 'below 1 k/s, the least load asked for'],
    [{ kind: 'unknown', pps: null, why: 'the budget was spent' }, 'unknown, perhaps above 297 k/s and below 305 k/s: the budget was spent'],
  ];
  it.each(cases)('%j reads as people say it', (change, expected) => expect(goalText({ ...survival, ...change })).toBe(expected));

  it('does not hide that a throughput allows for loss', () => {
    const [throughput, loss] = SAMPLE_CURVE.goals as [GoalResult, GoalResult];
    expect([throughput, loss, { ...throughput, lossBound: 0.002 }].map(goalName)).toEqual([
      'throughput',
      'loss of 0.5 %',
      'throughput (loss up to 0.2 %)',
    ]);
  });

  it('tells how long packets were lost after an overload, or that it did not end', () => {
    const recovery = { overload_pps: 550_000, relief_pps: 275_000, seconds: 2.4, drained_s: 3.1, resolution_s: 0.1 };
    expect(recoveryText(recovery)).toBe('2.4 s after 550 k/s fell to 275 k/s, 3.1 s until the queues were empty (read every 100 ms)');
    expect(recoveryText({ ...recovery, seconds: null })).toMatch(/^still losing packets/);
  });

  it('tells why the system recovery could not be measured, in place of the figure', () => {
    const unmeasured = { overload_pps: 5500, relief_pps: 2500, seconds: null, why: 'no engine', drained_s: null, resolution_s: 0.1 };
    expect(recoveryText(unmeasured)).toBe('not measured: no engine');
    expect(textOf({ ...SAMPLE_CURVE, systemRecovery: unmeasured }, 80).at(-1)).toMatch(/^system recovery +not measured: no engine$/);
  });
});

describe('the curve in a terminal', () => {
  it('has a line for each load, with the cliff between those that it parts', () => {
    const lines = textOf(SAMPLE_CURVE, 110);
    const cliff = lines.findIndex((line) =>
      line.startsWith('── cliff: survived up to 297 k/s, at 305 k/s died: watchdog: BUG: soft lockup'),
    );
    expect(lines[0]).toBe(' offered   of line  received   loss  softirq  network  storage    mgmt  tenant  outcome');
    expect(lines[cliff - 1]).toBe(' 297 k/s       2 %   100 k/s   66 %     98 %    71 ms   431 ms    none  550 ms  loss');
    expect(lines[cliff + 2]).toMatch(/^ 305 k\/s .* 93 % +- +none +none +none +none {2}died: watchdog/);
    expect(lines.slice(-3)).toEqual([
      'throughput     98.2 k/s, and not 101 k/s',
      'loss of 0.5 %  98.2 k/s, and not 101 k/s',
      'survival       297 k/s, and not 305 k/s',
    ]);
  });

  it('shows every column at 80, and says at 60 what it left out', () => {
    expect(textOf(SAMPLE_CURVE, 80)[0]).toBe(' offered  of line received  loss softirq network storage   mgmt tenant outcome');
    expect(textOf(SAMPLE_CURVE, 60)[0]).toBe(' offered  loss softirq network storage   mgmt tenant outcome');
    expect(textOf(SAMPLE_CURVE, 60)).toContain('left out for want of room: of line, received');
  });

  it('leaves out what nobody measured', () => {
    const points = SAMPLE_CURVE.points.map(({ offeredShareOfLine: _, ...point }) => ({ ...point, probes: {}, softirqShare: null }));
    expect(textOf({ ...SAMPLE_CURVE, points }, 80)[0]).toBe(' offered  received   loss  outcome');
  });

  it('fits any width, and has no control character of its events', () => {
    fc.assert(
      fc.property(anyCurve, fc.integer({ min: 24, max: 140 }), fc.boolean(), (curve, width, colour) => {
        for (const line of textOf(curve, width, colour).map(stripVTControlCharacters)) {
          expect(cells(line)).toBeLessThanOrEqual(width);
          expect(line).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
  });

  it('says so when there is nothing', () => expect(textOf({ points: [], goals: [] }, 80)).toEqual(['no load was measured']));
});

describe('an axis', () => {
  it('is logarithmic where the loads span more than a decade', () => {
    expect([kindFor(1_000, 1_000_000), kindFor(100_000, 300_000), kindFor(0, 10)]).toEqual(['log', 'linear', 'linear']);
  });

  const ticked: ['log' | 'linear', number, number, number, number[]][] = [
    ['log', 900, 12_000, 8, [1_000, 2_000, 5_000, 10_000]],
    ['log', 900, 120_000, 5, [1_000, 3_000, 10_000, 30_000, 100_000]],
    ['log', 1, 1e8, 5, [1, 100, 10_000, 1e6, 1e8]],
    ['linear', 0, 1, 2, [0, 0.5, 1]],
    ['linear', 95_000, 310_000, 5, [100_000, 150_000, 200_000, 250_000, 300_000]],
  ];
  it.each(ticked)('%s from %s to %s has at most %s ticks, on round numbers', (kind, low, high, count, ticks) => {
    expect(scaleOf(kind, low, high, 0, 100, count).ticks).toEqual(ticks);
  });

  it('keeps what it shows in order and in its range', () => {
    const value = fc.double({ min: 0, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom('log', 'linear'), value, value, (kind, a, b) => {
        const { at } = scaleOf(kind, 10, 1e6, 50, 750, 8);
        const [low, high] = [at(Math.min(a, b)), at(Math.max(a, b))];
        expect(low).toBeGreaterThanOrEqual(50);
        expect(high).toBeLessThanOrEqual(750);
        expect(low).toBeLessThanOrEqual(high);
      }),
    );
  });
});

describe('the picture of the curve', () => {
  it('marks throughput, survival and the cliff, once for a phone and once for a wide window', () => {
    const svg = renderCurveSvg(SAMPLE_CURVE, { title: 'Linux 6.1 under a flood' });
    for (const label of ['98.2 k/s throughput', '297 k/s survival', '305 k/s cliff: died']) expect(svg.split(`>${label}`)).toHaveLength(3);
    expect(svg).toContain('<title>Linux 6.1 under a flood</title>');
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  it('tells everything in words too', () => {
    const desc = /<desc>(.*?)<\/desc>/.exec(renderCurveSvg(SAMPLE_CURVE))?.[1];
    expect(desc).toContain('survival: 297 k/s, and not 305 k/s');
    expect(desc).toContain('101 k/s offered, 100 k/s received, 0.9 % lost, softirq 98 %');
  });

  it('draws loads that span less than a decade, one load, and none', () => {
    const [first, ...rest] = SAMPLE_CURVE.points.slice(-12);
    for (const points of [rest, [first as CurvePoint], []]) {
      const svg = renderCurveSvg({ points, goals: SAMPLE_CURVE.goals });
      expect(svg).toMatch(/^<svg .*<\/svg>$/s);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it('is well-formed whatever stands in it, and every number in it is one', () => {
    fc.assert(
      fc.property(anyCurve, fc.string({ unit: 'binary' }), (curve, title) => {
        const svg = renderCurveSvg(curve, { title: `${title}<script>alert("1")</script>` });
        expect(svg).not.toContain('<script');
        expectWellFormed(svg);
      }),
    );
  });
});
