/** `compare A [B]`: what is worse, better or new in the runs of B, against those of A. */
import { type Command, flag, text } from './command.ts';

const PLAIN_WIDTH = 120;

export const compare: Command = {
  name: 'compare',
  operands: '<a> [b]',
  summary:
    'what is worse, better or new in the runs of B against those of A; 1 when something is worse, 125 when there are not enough runs to tell',
  options: {
    kernels: {
      value: 'A,B',
      describe: 'the kernel of each side, where runs hold several: its release or what was asked for, or a part of these; one for both',
    },
    all: { describe: 'every comparison, also those that found nothing' },
    json: { describe: 'the comparison, as one JSON object' },
  },
  examples: [
    [
      'compare results/runs/20260101T020000Z-nightly results/runs/20260102T020000Z-nightly',
      'one night against another: the first to say how many it takes',
    ],
    [
      "compare 'results/runs/202601*-nightly' 'results/runs/202602*-nightly'",
      'a month against the one before; quoted, the pattern is one word',
    ],
    ['compare old/1,old/2,old/3 new', 'directories with commas between; all runs below a directory'],
    ['compare results/runs/20260101T020000Z-certify', 'a run that was made with --against: its two kernels, pair by pair'],
    ['compare results/runs --kernels 6.1.0-56,6.12', 'two kernels within the same runs, paired by the night'],
  ],
  async run(args, { stdout }) {
    const { readRunSet } = await import('../run-sets.ts');
    const { chooseSides } = await import('../kernel-choice.ts');
    const { compareSides } = await import('../../results/compare/compare.ts');
    const a = await readRunSet(text(args, 'a') ?? '');
    const operand = text(args, 'b');
    const b = operand === undefined ? undefined : await readRunSet(operand);
    const [sideA, sideB] = chooseSides(a, b, text(args, 'kernels'));
    const found = compareSides(sideA, sideB);
    const notes = [...new Set([...a.passedOver, ...(b?.passedOver ?? [])])].map((each) => `passed over: ${each}`);
    const comparison = { ...found, notes: [...found.notes, ...notes] };
    if (flag(args, 'json')) stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
    else {
      const { renderComparison } = await import('../../results/report/compare-text.ts');
      const colour = stdout.isTTY && stdout.hasColors();
      stdout.write(renderComparison(comparison, { width: stdout.columns ?? PLAIN_WIDTH, colour, all: flag(args, 'all') }));
    }
    return comparison.verdict;
  },
};
