import { describe, expect, it } from 'vitest';
import type { HistoryRecord } from '../../results/model.ts';
import { inForce } from '../../suites/tweaks/apply.ts';
import { doubtsOf, heldToTheEnd } from './doubts.ts';
import { evidenceOf, nameless } from './evidence.ts';

const doubts = (records: readonly HistoryRecord[], about: object = {}) =>
  doubtsOf(evidenceOf({ ...nameless('x', 0), machines: [{ name: 'head', seat: 'head', probes: [] }], ...about }, records));
const flood = (figures: Record<string, number>): HistoryRecord => ({
  ...{ t: 5, trial: 'x', k: 'action', what: 'engine', name: 'xdp-frames', on: 'head', state: 'end' },
  figures,
});

describe('a flood that was not what was asked for', () => {
  const ASKED = { asked_packets: 600, asked_s: 10, came_s: 10 };

  it.each([
    [
      'less than half of it',
      { ...ASKED, sent_packets: 299, arrived_packets: 310 },
      /^xdp-frames on head offered 299 of 600 packets in 10.0 s/,
    ],
    ['half of it', { ...ASKED, sent_packets: 300, arrived_packets: 310 }, undefined],
    ['what did not come out of the link', { ...ASKED, sent_packets: 600, arrived_packets: 18 }, /offered 18 of 600 packets/],
    [
      'all of it in more than twice the time',
      { ...ASKED, sent_packets: 600, arrived_packets: 600, came_s: 24 },
      /in 24.0 s instead of 10 s/,
    ],
    ['all of it in a little more time', { ...ASKED, sent_packets: 600, arrived_packets: 600, came_s: 12 }, undefined],
    ['what a load of another engine wrote', { sent_packets: 1 }, undefined],
  ])('is told of %s', (_what, figures, told) => {
    const found = doubts([flood(figures)]).filter((doubt) => doubt.includes('that was not the flood that was asked for'));
    expect(found).toEqual(told === undefined ? [] : [expect.stringMatching(told)]);
  });

  it('is found among several that share a link', () => {
    const half = { ...ASKED, sent_packets: 600, arrived_packets: 500 };
    expect(doubts([flood(half), flood(half)]).filter((doubt) => doubt.includes('offered 250 of 600 packets'))).toHaveLength(2);
  });

  it('is none among several of which one follows the other', () => {
    const begun = (t: number): HistoryRecord => ({
      ...{ t, trial: 'x', k: 'action', what: 'engine', name: 'xdp-frames', on: 'head', state: 'begin' },
    });
    const whole = { ...ASKED, sent_packets: 600, arrived_packets: 610 };
    const records = [begun(1), { ...flood(whole), t: 11 }, begun(20), { ...flood(whole), t: 30 }];
    expect(doubts(records).filter((doubt) => doubt.includes('packets'))).toEqual([]);
  });

  it('is the business of a search itself', () => {
    expect(doubts([flood({ ...ASKED, sent_packets: 1, arrived_packets: 1 })], { search: {} }).some((doubt) => /packets/.test(doubt))).toBe(
      false,
    );
  });
});

describe('a tweak', () => {
  const proof: HistoryRecord = {
    t: 9,
    trial: 'x',
    k: 'armed',
    machine: 'head',
    check: heldToTheEnd(inForce('gro=off')),
    ok: true,
    detail: 'it holds',
  };
  const unproven = 'head: the tweak gro=off was never shown to be in force to the end';

  it('that nobody read back at the end was not tried', () => {
    expect(doubts([], { tweaks: ['gro=off'] })).toContain(unproven);
    expect(doubts([proof], { tweaks: ['gro=off'] })).not.toContain(unproven);
    expect(doubts([{ ...proof, machine: 'other' }], { tweaks: ['gro=off'] })).toContain(unproven);
  });
});
