/** Runs the trials that a command line asks for, and prints what came of them. */
import type { Run } from '../../results/model.ts';
import type { Args, Io, Outcome } from './command.ts';
import { registries } from './registries.ts';
import { requestOf } from './request.ts';

const PLAIN_WIDTH = 120;

export async function runAndSummarise(command: string, suites: readonly string[], args: Args, io: Io): Promise<Outcome> {
  const request = requestOf(command, args, suites, await registries(), io);
  const { runTrials } = await import('../run.ts');
  const { verdict, interrupted, dir } = await runTrials(request);
  const { readRun } = await import('./run-dir.ts');
  await printRun(readRun(dir).run, request.ui === 'json', io);
  if (request.ui !== 'json') io.stdout.write(`        ${dir}\n`);
  return interrupted ? 'interrupted' : verdict;
}

/** The run as one JSON object, or as a summary fit for the terminal. */
export async function printRun(run: Run, json: boolean, { stdout }: Pick<Io, 'stdout'>): Promise<void> {
  if (json) {
    stdout.write(`${JSON.stringify(run, null, 2)}\n`);
    return;
  }
  const { renderTerminal } = await import('../../results/report/terminal.ts');
  stdout.write(renderTerminal(run, { width: stdout.columns ?? PLAIN_WIDTH, colour: stdout.isTTY && stdout.hasColors() }));
}
