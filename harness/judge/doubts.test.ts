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
  const short = /^xdp-frames on head sent 299 of 600 packets/;

  it.each([
    ['less than half of it', { sent_packets: 299, asked_packets: 600 }, true],
    ['half of it', { sent_packets: 300, asked_packets: 600 }, false],
    ['what an engine does not say', { sent_packets: 1 }, false],
  ])('is told of %s', (_what, figures, told) => {
    expect(doubts([flood(figures)]).some((doubt) => short.test(doubt))).toBe(told);
  });

  it('is the business of a search itself', () => {
    expect(doubts([flood({ sent_packets: 1, asked_packets: 600 })], { search: {} }).some((doubt) => /packets/.test(doubt))).toBe(false);
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
