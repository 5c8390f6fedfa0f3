/** `judge RUN`: the verdict of an old or interrupted run, from its history alone. */
import { type Command, flag, text } from './command.ts';

export const judge: Command = {
  name: 'judge',
  operands: '<run>',
  summary: 'judge a run again from its history',
  options: { json: { describe: 'the run record with the new verdict, as one JSON object' } },
  examples: [['judge results/runs/20260101T020000Z-nightly', 'what an interrupted run had seen']],
  exits: '0 pass; 1 fail; 2 wrong usage or no run; 125 no verdict (unknown, skip)',
  async run(args, io) {
    const { rejudge } = await import('./run-dir.ts');
    const { printRun } = await import('./summary.ts');
    const run = rejudge(text(args, 'run') ?? '');
    await printRun(run, flag(args, 'json'), io);
    return run.verdict ?? 'unknown';
  },
};
