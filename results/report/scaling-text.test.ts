import { describe, expect, it } from 'vitest';
import { SAMPLE_SCALING } from '../scaling.sample.ts';
import type { Scaling } from '../scaling.ts';
import { cells } from './cells.ts';
import { renderScaling } from './scaling-text.ts';
import { memoryText, secondsText } from './scaling-words.ts';

const plain = (scaling: Scaling | undefined, width: number) => renderScaling(scaling, width, (_verdict, text) => text);

describe('time over memory', () => {
  it('is a row for each measure, with what grows faster than linear marked', () => {
    expect(plain(SAMPLE_SCALING, 120)).toEqual([
      'time over memory',
      '                                       64G   128G   384G   768G  exponent',
      'boot                                 6.1 s  7.9 s   13 s   24 s       1.0',
      'drop-caches                          0.2 s  0.2 s  0.2 s  0.2 s       0.0',
      'compaction                           0.4 s  0.9 s  2.9 s  6.0 s       1.0',
      'unmap of huge pages                  0.5 s  1.9 s   18 s   73 s       2.0  faster than linear',
      'dump                                 8.0 s   17 s      -      -         -  unknown',
      'recovery of storage-cutoff.link-cut  2.1 s  2.3 s  2.2 s  3.4 s         -  unknown',
      'recovery of ipv6-flood.udp-66.route    0 s  0.3 s    0 s  0.3 s       0.0',
      'unknown, dump: not enough sizes: 1 more needed',
      'unknown, recovery of storage-cutoff.link-cut: it may be faster than linear, or noise: more sizes or repeats would tell',
    ]);
  });

  it('has the smallest and the largest size where there is room for no more', () => {
    expect(plain(SAMPLE_SCALING, 40).slice(1, 6)).toEqual([
      '                    64G   768G',
      'boot              6.1 s   24 s',
      'drop-caches       0.2 s  0.2 s',
      'compaction        0.4 s  6.0 s',
      'unmap of huge p…  0.5 s   73 s  > linear',
    ]);
  });

  it.each([24, 40, 60, 80, 100, 200])('fits into %i columns', (width) => {
    const wild = SAMPLE_SCALING.measures.map((measure) => ({
      ...measure,
      name: `${measure.name}\u001b[31m漢字`,
      candidate: '漢'.repeat(60),
    }));
    for (const line of [...plain(SAMPLE_SCALING, width), ...plain({ measures: [...wild, ...SAMPLE_SCALING.measures] }, width)]) {
      expect(cells(line)).toBeLessThanOrEqual(width);
      expect(line).not.toMatch(/\p{Cc}/u);
    }
  });

  it('has a table for each of several candidates', () => {
    const [boot] = SAMPLE_SCALING.measures.map((measure) => ({ ...measure, candidate: '6.12.0' }));
    const titles = plain({ measures: [...SAMPLE_SCALING.measures, ...(boot === undefined ? [] : [boot])] }, 80).filter((line) =>
      /^time/.test(line),
    );
    expect(titles).toEqual(['time over memory on 6.1.0-40-cloud-amd64', 'time over memory on 6.12.0']);
  });

  it('tells only once why nothing is known', () => {
    const measures = SAMPLE_SCALING.measures.map((measure) => ({
      ...measure,
      growth: 'unknown' as const,
      why: 'not enough sizes: 1 more needed',
    }));
    expect(plain({ measures }, 80).slice(9)).toEqual(['unknown: not enough sizes: 1 more needed']);
  });

  it('paints marks as verdicts', () => {
    const painted = renderScaling(SAMPLE_SCALING, 80, (verdict, text) => `${verdict}(${text})`).join('\n');
    expect(painted.match(/\w+\([^)]*\)/g)).toEqual(['fail(> linear)', 'unknown(unknown)', 'unknown(unknown)']);
  });

  it('is nothing where one size was tried', () => expect(plain(undefined, 80)).toEqual([]));
});

describe('figures', () => {
  it.each([
    [0, '0 s'],
    [0.004, '<0.01 s'],
    [0.042, '0.04 s'],
    [0.0996, '0.1 s'],
    [6.08, '6.1 s'],
    [9.96, '10 s'],
    [143.6, '144 s'],
  ])('%d seconds are %s', (seconds, text) => expect(secondsText(seconds)).toBe(text));

  it.each([
    [0.97, '1'],
    [1.94, '1.9'],
    [125.8, '126'],
  ])('%d GiB are %s', (GiB, text) => expect(memoryText(GiB)).toBe(text));
});
