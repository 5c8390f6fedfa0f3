/** `compare A [B]`: what is worse, better or new in the runs of B, against those of A. */
import { UsageError } from '../../results/errors.ts';
import { placeOf, STORE_SPELLING } from '../../results/store/place.ts';
import { storeInConfig } from '../config-file.ts';
import type { RunSet } from '../run-sets.ts';
import { type Args, type Command, flag, lookOf, text, wholeNumber } from './command.ts';

const MOST_NIGHTS = 1000;

export const compare: Command = {
  name: 'compare',
  operands: '[a] [b]',
  summary:
    'what is worse, better or new in the runs of B against those of A; 1 when something is worse, 125 when nobody can tell: too few runs, something bad that is new and may be chance, or less on B than on A',
  options: {
    kernels: {
      value: 'A,B',
      describe:
        'the kernel of each side, where runs hold several: its release or what was asked for, or a part of these with whole numbers; one for both',
    },
    last: { value: 'N', describe: 'no directories: the newest N runs of the store against the N before' },
    name: { value: 'NAME', describe: 'with --last: only runs that are called so' },
    store: { value: 'PLACE', describe: `with --last: another store than the usual: ${STORE_SPELLING}` },
    config: { value: 'FILE', describe: 'another config than ./stormproof.yaml' },
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
    ['compare --last 7 --name nightly', 'the last seven nights against the seven before, out of the store'],
    ['compare results/runs --kernels 6.1.0-56,6.12', 'two kernels within the same runs, paired by the night'],
  ],
  exits:
    '0 nothing is worse, as far as so many runs tell; 1 something is worse; 2 wrong usage or a run that cannot be read; 125 nobody can tell',
  async run(args, { stdout }) {
    const { chooseSides } = await import('../kernel-choice.ts');
    const { compareSides } = await import('../../results/compare/compare.ts');
    const [a, b] = await setsOf(args);
    const [sideA, sideB] = chooseSides(a, b, text(args, 'kernels'));
    const found = compareSides(sideA, sideB);
    const notes = [...new Set([...a.passedOver, ...(b?.passedOver ?? [])])].map((each) => `passed over: ${each}`);
    const comparison = { ...found, notes: [...found.notes, ...notes] };
    if (flag(args, 'json')) stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
    else {
      const { renderComparison } = await import('../../results/report/compare-text.ts');
      stdout.write(renderComparison(comparison, { ...lookOf(stdout), all: flag(args, 'all') }));
    }
    return comparison.verdict;
  },
};

/** Directories that were named, or nights of the store. */
async function setsOf(args: Args): Promise<readonly [RunSet, RunSet | undefined]> {
  const [a, b, last] = [text(args, 'a'), text(args, 'b'), wholeNumber(args, 'last')];
  if (last === undefined) {
    const stray = ['name', 'store', 'config'].find((name) => args[name] !== undefined);
    if (stray !== undefined) throw new UsageError(`compare: --${stray} is of the store, and goes with --last N`);
    if (a === undefined)
      throw new UsageError('compare needs the runs of A and B, or --last N for those of the store; stormproof compare --help');
    const { readRunSet } = await import('../run-sets.ts');
    return [await readRunSet(a), b === undefined ? undefined : await readRunSet(b)];
  }
  if (a !== undefined) throw new UsageError(`compare: --last takes the runs of the store, and none of ${a}`);
  if (last < 1 || last > MOST_NIGHTS) throw new UsageError(`--last ${last}: from 1 to ${MOST_NIGHTS}`);
  const place = placeOf(text(args, 'store'), await storeInConfig(text(args, 'config')));
  if (place.kind === 'none') throw new UsageError('compare --last: there is no store: it was said to be "none"; --store names one');
  const [{ Store }, { readNights }] = await Promise.all([import('../../results/store/store.ts'), import('../nights.ts')]);
  await using store = await Store.open(place);
  return await readNights(store, { last, name: text(args, 'name') });
}
