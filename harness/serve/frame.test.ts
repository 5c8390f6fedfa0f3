import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyModel, silences, take, withGaps } from './client/run-model.ts';
import { Digest } from './digest.ts';
import { NOTHING, newsOf } from './frame.ts';
import { rehearse, TRIALS } from './rehearsal.testing.ts';

/** Long enough for curves to be told anew, with wider points. */
const LINES = rehearse({ outage_s: 90 }).flatMap((step) => ('line' in step ? [step.line] : []));
const REST = { state: 'under way', read_bytes: 0, of_bytes: 0, consoles: [], done: false } as const;

/** What a page knows that was told in pieces of these lengths, of a trial or of the one under way. */
function told(pieces: readonly number[], trial: string | undefined, lines: readonly string[] = LINES) {
  const digest = new Digest();
  const model = emptyModel();
  let cursor = NOTHING;
  let at = 0;
  const tell = (): void => {
    const { news, cursor: next } = newsOf(digest, cursor, trial);
    cursor = next;
    // as it comes out of the wire
    take(model, JSON.parse(JSON.stringify({ ...news, ...REST })));
  };
  for (const piece of [...pieces, lines.length]) {
    for (const line of lines.slice(at, at + piece)) digest.line(Buffer.from(line), 0);
    at += piece;
    tell();
  }
  return { digest, model };
}

describe('what a page knows of a run', () => {
  it('is the same whether it was told at once or in whatever pieces', () => {
    const once = told([], undefined).model;
    expect(once.trials.map(({ name }) => name)).toEqual(TRIALS);
    expect(once.frame?.trial).toBe('storage-cutoff.cut');
    expect([...once.series.keys()].sort()).toEqual(
      ['tenant1', 'tenant2'].flatMap((machine) => ['management', 'network', 'storage'].map((probe) => `${machine}/${probe}`)),
    );
    expect(once.series.get('tenant1/network')?.width_s).toBe(0.2);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 15 }), (pieces) => {
        expect({ ...told(pieces, undefined).model, frame: undefined }).toEqual({ ...once, frame: undefined });
      }),
      { numRuns: 12 },
    );
  });

  it('is of the trial that was asked for', () => {
    const { model } = told([100, 100, 100], TRIALS[0]);
    expect([...model.series.keys()].sort()).toEqual(['head/management', 'head/network', 'head/storage']);
    expect(model.series.get('head/network')).toMatchObject({ lost: expect.any(Number) });
    expect(model.series.get('head/network')?.lost).toBeGreaterThan(0);
    expect([...model.marks.values()].find(({ what }) => what === 'engine')).toMatchObject({
      ...{ name: 'xdp-frames', on: 'head', failed: false },
      detail: expect.stringMatching(/udp-66.*sent_packets 600000/),
    });
  });

  it('has the hung tasks of an outage, each title once, and counts faults for the trial', () => {
    const { model } = told([], undefined);
    const hangs = [...model.events.values()].filter(({ class: family }) => family === 'hang');
    expect(hangs.map(({ machine, count, title }) => [machine, count, title])).toEqual([
      ['tenant1', 8, 'INFO: task hung in jbd2_journal_commit_transaction'],
      ['tenant2', 8, 'INFO: task hung in jbd2_journal_commit_transaction'],
    ]);
    expect(model.trials.at(-1)?.faults).toBe(16);
    expect(hangs[0]?.report[0]).toContain('blocked for more than 10 seconds');
  });

  it('stands whatever the lines hold', () => {
    const odd = [
      '{"t":1,"trial":"x","k":"sample","probe":"network","machine":"m","ms":-1}',
      '{"t":1e300,"trial":"","k":"fact"}',
      '[]',
      'null',
      '"x"',
      '{"t":',
      '{"t":2,"trial":"x","k":"event","machine":"m","event":{}}',
    ];
    const { digest } = told([], undefined, [...LINES.slice(0, 400), ...odd, ...LINES.slice(400)]);
    expect(digest.damaged).toBe(odd.length);
    expect(digest.t).toBeLessThan(1000);
    fc.assert(
      fc.property(fc.json(), fc.jsonValue(), (text, value) => {
        const any = new Digest();
        for (const line of [
          LINES[0],
          LINES[1],
          text,
          JSON.stringify({ t: 1, trial: TRIALS[0], k: 'sample', machine: value, probe: value, ms: value }),
        ])
          any.line(Buffer.from(line ?? ''), 0);
      }),
    );
  });

  it('is bounded, however much a run tells', () => {
    const digest = new Digest();
    for (const line of LINES.slice(0, 3)) digest.line(Buffer.from(line), 0);
    const trial = TRIALS[0];
    const say = (record: object): void => digest.line(Buffer.from(JSON.stringify({ trial, ...record })), 0);
    for (let at = 0; at < 3000; at += 1) {
      say({ t: at, k: 'sample', probe: 'network', machine: `m${at}`, ms: 1 });
      say({ t: at, k: 'action', what: 'fault', name: `f${at}`, on: 'x', state: 'begin' });
      const event = {
        id: at + 1,
        kind: 'k',
        class: 'network',
        severity: 'error',
        title: `t${at}`,
        line: 1,
        endLine: 1,
        byteOffset: 0,
        report: Array(500).fill('x'),
      };
      say({ t: at, k: 'event', machine: 'm', event });
    }
    for (const state of ['begin', 'end']) say({ t: 3000, k: 'phase', phase: 'recovery', state });
    const { news } = newsOf(digest, NOTHING, undefined);
    expect([digest.damaged, news.series.length, news.events.length]).toEqual([0, 200, 300]);
    expect(news.events[0]?.report).toHaveLength(80);
    // phases stand outside of the limit: a trial has few, and nothing else says when it did what
    const phases = news.marks.filter(({ what }) => what === 'phase');
    expect([news.marks.length - phases.length, phases.at(-1)]).toEqual([500, expect.objectContaining({ name: 'recovery', to: 3000 })]);
    expect(new Set(news.marks.map(({ id }) => id)).size).toBe(news.marks.length);
    expect(news.leftOut).toEqual({ trials: 0, marks: 2500, events: 2700, samples: 2800 });
  });

  it('has the latest of very many trials, and a line of those before them', () => {
    const begins = LINES.find((line) => line.includes('"k":"trial"')) ?? '';
    const digest = new Digest();
    const say = (record: object): void => digest.line(Buffer.from(JSON.stringify(record)), 0);
    for (let at = 0; at < 6000; at += 1) {
      const trial = `trial-${at}`;
      say({ ...JSON.parse(begins), t: at, trial });
      say({ t: at, trial, k: 'phase', phase: 'release', state: 'begin' });
      say({ t: at + 0.5, trial, k: 'phase', phase: 'release', state: 'end' });
      digest.judged(trial, { verdict: 'pass', reasons: [] });
    }
    const { news } = newsOf(digest, NOTHING, undefined);
    expect([news.trial, news.marks.length, news.leftOut.trials]).toEqual(['trial-5999', 1, 1000]);
    expect(news.trials?.map(({ name }) => name)).toEqual(Array.from({ length: 5000 }, (_, at) => `trial-${1000 + at}`));
    expect(news.trials?.filter(({ verdict, ended }) => verdict !== 'pass' || ended === null)).toEqual([]);
    expect(news.trials?.map(({ dropped }) => dropped)).toEqual(Array.from({ length: 5000 }, (_, at) => at < 4000));
    expect(newsOf(digest, NOTHING, 'trial-1000').news.marks).toEqual([]);
  });

  it('is told anew of a trial that begins again under its name', () => {
    const begins = LINES.findIndex((line) => line.includes('"k":"trial"'));
    const again = [...LINES.slice(0, 100), ...LINES.slice(begins, begins + 50)];
    const expected = told([], undefined, LINES.slice(0, begins + 50)).model;
    for (const pieces of [[], [100], [40, 40, 40]])
      for (const of of ['series', 'marks', 'events'] as const) expect(told(pieces, undefined, again).model[of]).toEqual(expected[of]);
  });

  it('has each trial judged once, with its latest stretch, and none where waivers are without end', () => {
    const digest = new Digest();
    const begin = LINES.findIndex((line) => line.includes('"k":"trial"'));
    digest.line(Buffer.from(LINES[begin] ?? ''), 100);
    const end = Buffer.from(JSON.stringify({ t: 9, trial: TRIALS[0], k: 'phase', phase: 'release', state: 'end' }));
    for (let at = 0; at < 1000; at += 1) digest.line(end, 10_000 + at);
    expect([...digest.ended]).toEqual([[TRIALS[0], { from: 100, to: 10_999 + end.length + 1 }]]);
    digest.ended.clear();
    digest.judged(TRIALS[0], { verdict: 'pass', reasons: [] });
    digest.line(end, 20_000);
    expect(digest.ended.size).toBe(0);
    const waiver = {
      t: 0,
      trial: '',
      k: 'waiver',
      title: 'x',
      reason: 'r',
      owner: 'o',
      expires: '2099-01-01',
      began: '2026-01-01T00:00:00Z',
    };
    for (let at = 0; at < 1000; at += 1) digest.line(Buffer.from(JSON.stringify(waiver)), 0);
    expect(digest.waivers).toHaveLength(1000);
    for (let at = 0; at < 2; at += 1) digest.line(Buffer.from(JSON.stringify(waiver)), 0);
    expect([digest.waivers, digest.damaged]).toEqual([undefined, 0]);
  });
});

describe('a curve for the eye', () => {
  it('has a gap, and a silence, wherever nothing came for long', () => {
    const curve = {
      width_s: 0.1,
      points: [
        [0, 1, 0],
        [0.1, 2, 0],
        [5, 4900, 0],
        [5.1, null, 1],
      ] as const,
    };
    expect(withGaps(curve)).toEqual([
      [0, 1],
      [0.1, 2],
      [0.2, null],
      [5, 4900],
      [5.1, null],
    ]);
    expect(silences(curve, null)).toEqual([{ from: 0.1, to: 5 }]);
    expect(silences(curve, 9)).toEqual([
      { from: 0.1, to: 5 },
      { from: 5, to: 9 },
    ]);
  });
});
