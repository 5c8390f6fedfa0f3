import { describe, expect, it } from 'vitest';
import type { Run } from '../protocol.ts';
import {
  clock,
  countsText,
  digits,
  duration,
  faultsText,
  filePath,
  isProbed,
  keptText,
  kernelsText,
  latency,
  measured,
  ratioText,
  runPath,
  some,
} from './format.ts';

const runOf = (kernels: readonly string[], references: readonly string[]) =>
  ({
    candidates: kernels.map((release) => ({ release })),
    trials: kernels.map((candidate) => ({ candidate, ...(references.includes(candidate) ? { reference: true } : {}) })),
  }) as unknown as Run;

describe('figures in words', () => {
  it('what is left out of a trial', () => {
    expect(keptText({ marks: 0, events: 0, samples: 0 }, false)).toBe('');
    expect(keptText({ marks: 1200, events: 0, samples: 3 }, false)).toBe(
      'Too many to be shown: 1,200 actions, 3 answers of probes more are in history.jsonl.',
    );
    expect(keptText({ marks: 0, events: 0, samples: 0 }, true)).toMatch(/not kept here: history\.jsonl has them/);
  });

  it.each([
    [clock(75.9), '1:15'],
    [clock(-1), '0:00'],
    [clock(3723), '1:02:03'],
    [duration(8.4), '8 s'],
    [duration(271), '4 min 31 s'],
    [duration(120), '2 min'],
    [duration(7500), '2 h 5 min'],
    [latency(0.0823), '0.082 ms'],
    [latency(13.6), '14 ms'],
    [latency(5209), '5.2 s'],
    [digits(0), '0'],
    [digits(-0.5), '-0.50'],
    [digits(312.4), '312'],
    [measured(0.944, 'share'), '94 %'],
    [measured(98_218.4, 'packets/s'), '98,218 packets/s'],
    [measured(13_741, 'MiB'), '13 GiB'],
    [measured(0.85, ''), '0.85'],
    [measured(4.2, 's'), '4.2 s'],
    [ratioText(1.5), '1.50 x'],
    [ratioText(1.001), 'the same'],
    [ratioText(null), ''],
    [countsText({ pass: 4, fail: 1 }), '1 fail, 4 pass'],
    [faultsText(1, 'pass'), '1 crash or hang, no failure'],
    [faultsText(2, 'pass'), '2 crashes or hangs, no failure'],
    [faultsText(1, 'fail'), '1 crash or hang'],
    [faultsText(3, null), '3 crashes or hangs'],
    [kernelsText(null), ''],
    [kernelsText(runOf(['6.1.0', '6.12.9'], [])), '6.1.0, 6.12.9'],
    [kernelsText(runOf(['6.1.0', '6.12.9'], ['6.12.9'])), '6.1.0, compared with 6.12.9'],
    [some(['a', 'b', 'c', 'd', 'e']), 'a, b and 3 more'],
    [runPath('a/../b?c'), '/runs/a%2F..%2Fb%3Fc'],
    [filePath('x', 'console/a#b.log'), '/api/runs/x/files/console/a%23b.log'],
  ])('%s', (said, expected) => {
    expect(said).toBe(expected);
  });
});

describe('the silence of a probe', () => {
  it.each([
    ['storm', null, true],
    ['recovery', null, true],
    ['boot', null, false],
    ['collect', null, false],
    [null, null, false],
    ['storm', 12, false],
  ] as const)('in %s, ended at %s, means something: %s', (phase, ended, means) => {
    expect(isProbed({ phase, ended })).toBe(means);
  });
});
