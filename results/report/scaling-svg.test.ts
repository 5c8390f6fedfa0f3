import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SAMPLE_SCALING } from '../scaling.sample.ts';
import { type ScaledMeasure, type Scaling, scaleOf } from '../scaling.ts';
import { renderScalingSvg } from './scaling-svg.ts';
import { expectWellFormed } from './svg.testing.ts';

const drawn = (scaling: Scaling): string => renderScalingSvg({ name: 'nightly', scaling }) ?? '';
const count = (svg: string, what: RegExp): number => [...svg.matchAll(what)].length;

const anyPoint = fc.record({
  trial: fc.string(),
  class: fc.string(),
  memory_GiB: fc.double({ min: 0.1, max: 1e5, noNaN: true }),
  seconds: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true })),
});
const anyMeasure: fc.Arbitrary<ScaledMeasure> = fc
  .record({ candidate: fc.string(), name: fc.string({ unit: 'binary' }), points: fc.array(anyPoint, { minLength: 1, maxLength: 8 }) })
  .map(({ candidate, name, points }) => ({ candidate, name, ...scaleOf(points) }));

describe('the picture of time over memory', () => {
  it('has a line for each measure, once for a phone and once for a wide window', () => {
    const svg = drawn(SAMPLE_SCALING);
    for (const label of ['boot', 'drop-caches', 'compaction', 'dump']) expect(svg.split(`>${label}</text>`)).toHaveLength(3);
    expect(count(svg, /class="curve /g)).toBe(2 * SAMPLE_SCALING.measures.length);
    expect(count(svg, />linear<\/text>/g)).toBe(2);
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  it('says in words and in the colour of failure what grows faster than linear', () => {
    const svg = drawn(SAMPLE_SCALING);
    expect(svg).toMatch(
      /class="fill-failed head"[^>]*>unmap of huge pages<\/text><text class="fill-failed"[^>]*>faster than linear<\/text>/,
    );
    expect(svg).toMatch(/class="fill-failed"[^>]*>&gt; linear<\/text>/);
    expect(count(svg, /class="curve line-failed"/g)).toBe(2);
    expect(drawn({ measures: SAMPLE_SCALING.measures.slice(0, 3) })).not.toContain('class="curve line-failed"');
  });

  it('has fits, dashed, but for what is unknown', () => {
    const known = SAMPLE_SCALING.measures.filter(({ growth }) => growth !== 'unknown');
    expect(count(drawn(SAMPLE_SCALING), /class="fit [^>]*stroke-dasharray/g)).toBe(2 * known.length);
  });

  it('tells everything in words too', () => {
    const desc = /<desc>(.*?)<\/desc>/.exec(drawn(SAMPLE_SCALING))?.[1];
    expect(desc).toContain(
      'boot: 6.1 s with 63 GiB, 7.9 s with 126 GiB, 13 s with 378 GiB, 24 s with 756 GiB; linear or slower, exponent 1.0',
    );
    expect(desc).toContain('73 s with 756 GiB; faster than linear, exponent 2.0');
    expect(desc).toContain('dump: 8.0 s with 63 GiB, 17 s with 126 GiB; unknown: not enough sizes: 1 more needed');
  });

  it('numbers several candidates', () => {
    const other = SAMPLE_SCALING.measures.slice(0, 1).map((measure) => ({ ...measure, candidate: '6.12.0' }));
    const svg = drawn({ measures: [...SAMPLE_SCALING.measures, ...other] });
    expect(svg).toContain('>k1 6.1.0-40-cloud-amd64, k2 6.12.0</text>');
    expect(svg).toContain('>k2 boot</text>');
  });

  it('leaves out what there is no room for, and last what grows faster than linear', () => {
    const many = Array.from({ length: 6 }, () => SAMPLE_SCALING.measures).flat();
    const svg = drawn({ measures: many.map((measure, index) => ({ ...measure, name: `${measure.name} ${index}` })) });
    expect(count(svg, /class="curve line-failed"/g)).toBe(2 * 6);
    expect(svg).toMatch(/>\d+ more: run\.json</);
  });

  it('keeps labels of a layout off each other, and within it', () => {
    const measures = SAMPLE_SCALING.measures.flatMap((measure) => [measure, { ...measure, name: `${measure.name} once more` }]);
    for (const [layout, bottom] of drawn({ measures })
      .split('<g class="compact"')
      .map((part, index) => [part, index === 0 ? 720 : 360] as const)) {
      const rows = [...layout.matchAll(/<text class="fill-[\w ]+" x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) => Number(y));
      expect(rows.length).toBeGreaterThanOrEqual(10);
      for (const [index, y] of rows.entries()) {
        if (index > 0) expect(y - (rows[index - 1] as number)).toBeGreaterThanOrEqual(13);
        expect(y).toBeLessThan(bottom);
      }
    }
  });

  it('is none where one size was tried', () => {
    expect(renderScalingSvg({ name: 'x' })).toBeUndefined();
    expect(renderScalingSvg({ name: 'x', scaling: { measures: [] } })).toBeUndefined();
  });

  it('is well-formed whatever stands in it, and every number in it is one', () => {
    fc.assert(
      fc.property(fc.array(anyMeasure, { minLength: 1, maxLength: 12 }), fc.string({ unit: 'binary' }), (measures, name) => {
        const svg = renderScalingSvg({ name: `${name}<script>alert("1")</script>`, scaling: { measures } }) ?? '';
        expect(svg).not.toContain('<script');
        expectWellFormed(svg);
      }),
    );
  });
});
