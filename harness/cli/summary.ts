/** Runs the trials that a command line asks for, and prints what came of them. */
import type { Run } from '../../results/model.ts';
import { type Args, type Io, lookOf, type Outcome } from './command.ts';
import { registries } from './registries.ts';
import { requestOf } from './request.ts';

export async function runAndSummarise(command: string, suites: readonly string[], args: Args, io: Io): Promise<Outcome> {
  const request = requestOf(command, args, suites, await registries(), io);
  const { runTrials } = await import('../run.ts');
  const { verdict, interrupted, dir } = await runTrials(request);
  const { readRun } = await import('./run-dir.ts');
  const { run } = readRun(dir);
  await printRun(run, request.ui === 'json', io);
  if (request.against && request.ui !== 'json') await printComparison(run, io);
  if (request.ui !== 'json') io.stdout.write(`        ${dir}\n`);
  return interrupted ? 'interrupted' : verdict;
}

/** What is worse, better or new on the candidate than on the kernel that it was tried against; it changes no verdict. */
async function printComparison(run: Run, { stdout }: Pick<Io, 'stdout'>): Promise<void> {
  const { comparisonWithin } = await import('../../results/compare/against.ts');
  const { renderComparison } = await import('../../results/report/compare-text.ts');
  const comparison = comparisonWithin(run);
  if (comparison !== undefined) stdout.write(renderComparison(comparison, { ...lookOf(stdout), all: false }));
}

/** The run as one JSON object, or as a summary fit for the terminal. */
export async function printRun(run: Run, json: boolean, { stdout }: Pick<Io, 'stdout'>): Promise<void> {
  if (json) {
    const { recordText } = await import('../../results/record.ts');
    stdout.write(recordText(run));
    return;
  }
  const { renderTerminal } = await import('../../results/report/terminal.ts');
  stdout.write(renderTerminal(run, lookOf(stdout)));
}
