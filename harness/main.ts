#!/usr/bin/env node
/** The bin. The only place that sets exit codes and speaks of errors: one line, and a stack trace only where STORMPROOF_DEBUG=1 asks for it. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { CandidateError, explain, InfraError, Interrupted, UsageError } from '../results/errors.ts';
import { cacheDir } from '../results/paths.ts';
import type { Outcome } from './cli/command.ts';

const EXIT: Readonly<Record<Outcome, number>> = { done: 0, pass: 0, fail: 1, unknown: 125, skip: 125, interrupted: 130 };
const ERRORS = [
  [UsageError, 2],
  [CandidateError, 1],
  [InfraError, 125],
  [Interrupted, 130],
] as const;
const UNEXPECTED = 125;
/** What a command forgot to close must not keep the process, and with it a CI job, for ever. */
const LINGER_MS = 5000;

/** Says in one line what went wrong; returns the exit code. */
function report(error: unknown): number {
  const code = ERRORS.find(([kind]) => error instanceof kind)?.[1];
  const debug = process.env.STORMPROOF_DEBUG === '1';
  const hint = code === undefined && !debug ? ' (unexpected; STORMPROOF_DEBUG=1 shows where)' : '';
  process.stderr.write(`stormproof: ${explain(error)}${hint}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return code ?? UNEXPECTED;
}

for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => process.exit(report(error)));

// what was stripped and compiled once is not again: a start takes half the time. It must be asked for before the rest is loaded
enableCompileCache(join(cacheDir(), 'compiled'));
const { dispatch } = await import('./cli/parse.ts');

let lost = false;
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that went away (`| head`: EPIPE), a terminal that was closed (EIO) or a full disk is no reason to leave a storm half done, or its
    // release; what is said from now on is lost. Of a disk that is told by the exit code.
    lost ||= error.code !== 'EPIPE' && error.code !== 'EIO';
  });
const { stdin, stdout, stderr } = process;
process.exitCode = await dispatch({ argv: process.argv.slice(2), stdin, stdout, stderr }).then((outcome) => EXIT[outcome], report);
process.on('exit', (code) => {
  if (lost && code === 0) process.exitCode = UNEXPECTED;
});
setTimeout(() => process.exit(), LINGER_MS).unref();
