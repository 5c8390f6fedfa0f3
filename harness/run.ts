/** A run: what one command asked for. It resolves the candidates, carries out the trials, and writes the record. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { explain, Interrupted } from '../results/errors.ts';
import { History } from '../results/history.ts';
import { type Run, SCHEMA_VERSION, type Verdict } from '../results/model.ts';
import { loadFormats, USUAL_FORMATS } from '../results/report/index.ts';
import { resolveCandidate } from '../targets/candidate/index.ts';
import { lab } from '../targets/lab/lab.ts';
import { TAILS } from '../targets/tails/index.ts';
import type { Candidate } from '../targets/target.ts';
import { writeCertificates } from './certificates.ts';
import { refuseTooLarge } from './class-cost.ts';
import { ensureRequirements } from './doctor.ts';
import { hostFacts, toolVersions } from './facts.ts';
import { isExpired } from './judge/waivers.ts';
import { LEFT_BEHIND, PLANNED_TRIALS } from './judge.ts';
import { keepRun } from './keep.ts';
import { newRuntimeDir, settle, takeLease } from './lease.ts';
import { planTrials } from './plan.ts';
import { createProgress } from './progress.ts';
import { finish, makeRunDir, refuseUsed, writeRecord } from './run-files.ts';
import type { RunRequest } from './run-request.ts';
import { type Common, carryOut } from './trials.ts';
import { departuresOf, notesOf, type Work, workOf } from './work.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Carries out a run. Throws UsageError for a candidate, a directory or a word that is wrong, before anything is made; everything after that
 * ends in a verdict in the run's directory.
 */
export async function runTrials(request: RunRequest): Promise<{ verdict: Verdict; interrupted: boolean; dir: string }> {
  const started = new Date();
  const zero = performance.now();
  const abort = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => abort.abort(new Interrupted(`interrupted by ${signal}`));
  for (const signal of SIGNALS) process.on(signal, interrupt);
  const work = workOf(request);
  const progress = createProgress(request.ui, { stdout: process.stdout, total: trialsIn(request, work) });
  const shared = { request, work, signal: abort.signal, note: (text: string) => progress.note(text) };
  try {
    const candidates = await findCandidates(shared);
    const reports = await loadFormats(USUAL_FORMATS);
    const dir = makeRunDir(request, started);
    const run = await recordOf(shared, candidates, started);
    const runtimeDir = newRuntimeDir(run.id);
    // without it nothing may begin, nor look as if it had
    takeLease(run.id, runtimeDir, dir);
    try {
      writeRecord(dir, run);
    } catch (error) {
      await settle(run.id, runtimeDir);
      throw error;
    }
    using history = new History(join(dir, 'history.jsonl'), () => (performance.now() - zero) / 1000);
    history.subscribe((record) => progress.record(record));
    const trials = planTrials({
      kernels: candidates.map(({ release }) => release),
      classes: work.sizes.map(({ size, suites }) => ({ name: size.name, suites })),
      seeds: [request.seed],
      ...(request.variants.length > 0 ? { variants: request.variants.map(({ name }) => name) } : {}),
      repeats: request.repeats,
      interleaved: request.against,
    });
    // what is judged again later is judged by what was in force now
    for (const waiver of request.waivers) history.write('', { k: 'waiver', ...waiver, began: run.started });
    history.write('', { k: 'fact', name: PLANNED_TRIALS, value: String(trials.length) });
    let whole = false;
    try {
      const expect = (trial: string, seconds: number) => progress.expect(trial, seconds);
      await carryOut(trials, { ...shared, candidates, run, history, dir, runtimeDir, expect });
      whole = !abort.signal.aborted;
    } finally {
      await release(run.id, runtimeDir, history, shared.note);
      if (!whole) run.interrupted = true;
      try {
        const { records, damage } = finish(dir, run, reports);
        // the last that is written: it rests on all the rest
        if (request.signer !== undefined) {
          const { sizes } = work;
          const ended = { dir, run, records, damage, planned: trials, sizes, parameters: request.append, against: request.against };
          for (const file of await writeCertificates(ended, request.signer)) shared.note(`certificate: ${join(dir, file)}`);
        }
      } finally {
        progress.close();
        // what was judged is kept, also where a report or a certificate could not be written
        const notKept = run.finished === undefined ? undefined : await keepRun(run, dir, request.store);
        if (notKept !== undefined) process.stderr.write(`stormproof: ${notKept}\n`);
      }
    }
    return { verdict: run.verdict ?? 'unknown', interrupted: abort.signal.aborted, dir };
  } catch (error) {
    // whoever waits on a candidate or a package sees the abort as that program's failure; but it may as well be another one
    throw abort.signal.aborted ? new Interrupted(explain(abort.signal.reason), { cause: error }) : error;
  } finally {
    progress.close();
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

type Shared = Pick<Common, 'request' | 'work' | 'signal' | 'note'>;

/** How many there will be, before the candidates are known by name. */
const trialsIn = ({ kernels, repeats, variants }: RunRequest, { sizes }: Work): number =>
  sizes.reduce((total, { suites }) => total + suites.length, 0) * kernels.length * repeats * Math.max(1, variants.length);

/** The candidates, fetched where they must be. What cannot be done is found out before anything is fetched, started or waited for. */
async function findCandidates({ request, work, signal, note }: Shared): Promise<Candidate[]> {
  const { kernels, modules, install } = request;
  if (request.out !== undefined) refuseUsed(request.out);
  for (const { size, profile, suites } of work.sizes) refuseTooLarge(size, profile, suites, request.seed);
  await ensureRequirements({ install, optional: tailPrograms(request), note, signal });
  const candidates: Candidate[] = [];
  for (const kernel of kernels)
    candidates.push(await resolveCandidate(kernel, { ...(modules === undefined ? {} : { modules }), note, signal, refresh: install }));
  return candidates;
}

/** The record of a run that has only begun. */
async function recordOf({ request, work }: Shared, candidates: readonly Candidate[], started: Date): Promise<Run> {
  const began = started.toISOString();
  const stamp = began
    .replaceAll(/[-:]|\.\d+/g, '')
    .replace('T', '-')
    .toLowerCase();
  const waivers = request.waivers.map((each) => ({ ...each, expired: isExpired(each, began), excused: 0 }));
  return {
    schema: SCHEMA_VERSION,
    id: `${stamp}-${randomBytes(2).toString('hex')}`,
    name: request.name,
    argv: [...request.argv],
    started: began,
    profile: request.profile,
    notes: notesOf(work, request),
    departures: departuresOf(request, work.reached),
    seed: request.seed,
    ...(request.sabotage === undefined ? {} : { sabotage: request.sabotage }),
    target: lab.kind,
    candidates: candidates.map(({ record }) => record),
    versions: await toolVersions(),
    host: hostFacts(),
    reasons: [],
    trials: [],
    ...(waivers.length === 0 ? {} : { waivers }),
  };
}

/** Gives back whatever of the run is left on this machine. What was seen is judged also where something does not die. */
async function release(id: string, runtimeDir: string, history: History, note: (text: string) => void): Promise<void> {
  try {
    await settle(id, runtimeDir);
  } catch (error) {
    note(explain(error));
    history.write('', { k: 'fact', name: LEFT_BEHIND, value: explain(error) });
  }
}

/** A server that was asked for by name is worth installing, where that may be. */
const tailPrograms = ({ storage: { tail }, install }: RunRequest): readonly string[] =>
  tail !== undefined && install ? TAILS[tail].programs : [];
