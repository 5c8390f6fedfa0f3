/** A run: what one command asked for. It resolves the candidates, carries out the trials one after the other, and writes the record. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Signer } from '../results/certificate/keys.ts';
import { explain, InfraError, Interrupted, UsageError } from '../results/errors.ts';
import { History } from '../results/history.ts';
import { type Run, SCHEMA_VERSION, type Verdict } from '../results/model.ts';
import { loadFormats, USUAL_FORMATS } from '../results/report/index.ts';
import type { Place } from '../results/store/place.ts';
import type { Waiver } from '../results/waiver.ts';
import type { HostClass } from '../suites/classes.ts';
import type { FloodEngineName } from '../suites/engines/flood.ts';
import type { Offered } from '../suites/flood/offered.ts';
import type { ShapeName } from '../suites/flood/shapes.ts';
import { SUITES, type SuiteName } from '../suites/index.ts';
import type { Profile } from '../suites/profiles.ts';
import type { StorageSettings } from '../suites/storage-settings.ts';
import type { Tweak, Variant } from '../suites/tweaks/tweak.ts';
import { resolveCandidate } from '../targets/candidate/index.ts';
import { lab } from '../targets/lab/lab.ts';
import { TAILS } from '../targets/tails/index.ts';
import type { Candidate } from '../targets/target.ts';
import { writeCertificates } from './certificates.ts';
import { refuseTooLarge } from './class-cost.ts';
import { ensureRequirements } from './doctor.ts';
import { hostFacts, toolVersions } from './facts.ts';
import { isExpired } from './judge/waivers.ts';
import { BEFORE_ANY_KERNEL, LEFT_BEHIND, PLANNED_TRIALS } from './judge.ts';
import { keepRun } from './keep.ts';
import { newRuntimeDir, settle, takeLease } from './lease.ts';
import { type PlannedTrial, planTrials } from './plan.ts';
import { createProgress } from './progress.ts';
import { finish, writeRecord } from './run-files.ts';
import { runTrial } from './trial.ts';
import { expectedLength_s } from './trial-plan.ts';
import { type ClassWork, departuresOf, notesOf, workOf } from './work.ts';

export interface RunRequest {
  readonly argv: readonly string[];
  readonly name: string;
  readonly kernels: readonly string[];
  readonly modules?: string;
  readonly profile: string;
  readonly classes: readonly HostClass[];
  /** empty: those that the sabotage, or else the class, asks for */
  readonly suites: readonly string[];
  readonly seed: number;
  /** the run's directory, which must be new or empty; by default one below results/runs */
  readonly out?: string;
  /** where the run is kept beside its directory */
  readonly store: Place;
  readonly append: readonly string[];
  /** changed on the candidate in every trial */
  readonly tweaks: readonly Tweak[];
  /** sets of tweaks that are compared, the untweaked one first; none where nothing is compared */
  readonly variants: readonly Variant[];
  /** offered load of floods, and its shape over time; undefined: the profile's */
  readonly load?: Offered;
  readonly shape?: ShapeName;
  /** floods with this engine; undefined: with the best that the host can */
  readonly engine?: FloodEngineName;
  /** how storage is attached and served; empty: as each suite has it */
  readonly storage: StorageSettings;
  /** lengths of outages in seconds; undefined: the profile's */
  readonly outages_s?: readonly number[];
  /** who shares the pool of an I/O storm, and the ways of sharing it out that are compared; what is missing is the profile's */
  readonly pool: Partial<Profile['pool']>;
  /** how often each trial is carried out; and how often one is tried again that our own side left without a verdict */
  readonly repeats: number;
  readonly retries: number;
  /** the last of the kernels is the reference that the others are compared with, interleaved with them */
  readonly against: boolean;
  /** look for the load, or the length of an outage, at which the host gives way */
  readonly search: boolean;
  readonly sabotage?: string;
  /** known issues, which fail no trial */
  readonly waivers: readonly Waiver[];
  readonly recovery?: { readonly limit_s?: number; readonly hold_s?: number };
  readonly hungTaskTimeout_s?: number;
  readonly bootLimit_s?: number;
  /** signs a certificate for each kernel and class; undefined: none is wanted */
  readonly signer?: Signer;
  readonly ui: 'live' | 'plain' | 'quiet' | 'json';
  readonly install: boolean;
}

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
  const { profile, sizes, sabotage } = workOf(request);
  const progress = createProgress(request.ui, {
    stdout: process.stdout,
    total: sum(sizes.map(({ suites }) => suites.length)) * request.kernels.length * request.repeats * Math.max(1, request.variants.length),
  });
  const note = (text: string) => progress.note(text);
  try {
    if (request.out !== undefined) refuseUsed(request.out);
    // found out before anything is fetched, started or waited for
    for (const { size, profile: own, suites } of sizes) refuseTooLarge(size, own, suites, request.seed);
    await ensureRequirements({ install: request.install, optional: tailPrograms(request), note, signal: abort.signal });
    const candidates: Candidate[] = [];
    for (const kernel of request.kernels)
      candidates.push(
        await resolveCandidate(kernel, {
          ...(request.modules === undefined ? {} : { modules: request.modules }),
          note,
          signal: abort.signal,
          refresh: request.install,
        }),
      );

    const id = `${started
      .toISOString()
      .replaceAll(/[-:]|\.\d+/g, '')
      .replace('T', '-')
      .toLowerCase()}-${randomBytes(2).toString('hex')}`;
    const reports = await loadFormats(USUAL_FORMATS);
    const dir = makeRunDir(request, started);
    const began = started.toISOString();
    const run: Run = {
      schema: SCHEMA_VERSION,
      id,
      name: request.name,
      argv: [...request.argv],
      started: began,
      profile: request.profile,
      notes: notesOf(profile, request),
      departures: departuresOf(request),
      seed: request.seed,
      ...(request.sabotage === undefined ? {} : { sabotage: request.sabotage }),
      target: lab.kind,
      candidates: candidates.map(({ record }) => record),
      versions: await toolVersions(),
      host: hostFacts(),
      reasons: [],
      trials: [],
      ...(request.waivers.length === 0
        ? {}
        : { waivers: request.waivers.map((each) => ({ ...each, expired: isExpired(each, began), excused: 0 })) }),
    };
    writeRecord(dir, run);

    using history = new History(join(dir, 'history.jsonl'), () => (performance.now() - zero) / 1000);
    history.subscribe((record) => progress.record(record));
    const trials = planTrials({
      kernels: candidates.map(({ release }) => release),
      classes: sizes.map(({ size, suites }) => ({ name: size.name, suites })),
      seeds: [request.seed],
      ...(request.variants.length > 0 ? { variants: request.variants.map(({ name }) => name) } : {}),
      repeats: request.repeats,
      interleaved: request.against,
    });
    // what is judged again later is judged by what was in force now
    for (const waiver of request.waivers) history.write('', { k: 'waiver', ...waiver, began });
    history.write('', { k: 'fact', name: PLANNED_TRIALS, value: String(trials.length) });
    const runtimeDir = newRuntimeDir(id);
    takeLease(id, runtimeDir, dir);
    let whole = false;
    try {
      const broken = new Set<string>();
      history.subscribe(
        (record) =>
          record.k === 'failure' && record.fault === 'infrastructure' && record.phase === BEFORE_ANY_KERNEL && broken.add(record.trial),
      );
      let begun = 0;
      const carryOut = async (trial: PlannedTrial, retryOf?: string): Promise<void> => {
        const { size, profile: own } = sizes.find((each) => each.size.name === trial.className) as ClassWork;
        const one = {
          name: trial.name,
          suite: SUITES[trial.suite as SuiteName],
          case: trial.case,
          size,
          profile: own,
          seed: trial.seed,
          candidate: candidates[trial.candidate] as Candidate,
          sabotage: sabotage === undefined ? undefined : { name: request.sabotage as string, how: sabotage },
          append: request.append,
          search: request.search,
          storage: request.storage,
          engine: request.engine,
          variant: trial.variant,
          repetition: {
            ...(trial.repeat === undefined ? {} : { repeat: trial.repeat }),
            ...(request.against && trial.candidate === candidates.length - 1 ? { reference: true as const } : {}),
            ...(retryOf === undefined ? {} : { retryOf }),
          },
          tweaks: together(request.tweaks, request.variants.find(({ name }) => name === trial.variant)?.tweaks ?? []),
        };
        progress.expect(trial.name, expectedLength_s(one));
        begun += 1;
        await runTrial(one, {
          run: id,
          target: lab,
          history,
          dir,
          // short, for the sake of the sockets in it
          runtimeDir: join(runtimeDir, String(begun)),
          signal: abort.signal,
          note,
          describe: ({ accelerator: { kind, why }, emulated }) => {
            Object.assign(run.host, { accelerator: kind, accelerator_why: why });
            run.scope = { kind: lab.kind, emulated: [...new Set([...(run.scope?.emulated ?? []), ...emulated])] };
          },
        });
      };
      for (const trial of trials) {
        if (abort.signal.aborted) break;
        await carryOut(trial);
        for (let tried = 1, last = trial.name; broken.has(last) && tried <= request.retries && !abort.signal.aborted; tried += 1) {
          const name = `${trial.name}@again${tried}`;
          note(`${last} failed on our own side before any kernel ran, and is tried again (${tried} of ${request.retries})`);
          await carryOut({ ...trial, name }, last);
          last = name;
        }
      }
      whole = !abort.signal.aborted;
    } finally {
      try {
        await settle(id, runtimeDir);
      } catch (error) {
        // what was seen is judged also where something does not die
        note(explain(error));
        history.write('', { k: 'fact', name: LEFT_BEHIND, value: explain(error) });
      } finally {
        if (!whole) run.interrupted = true;
        try {
          const { records, damage } = finish(dir, run, reports);
          // the last that is written: it rests on all the rest
          if (request.signer !== undefined) {
            const ended = { dir, run, records, damage, planned: trials, sizes, parameters: request.append, against: request.against };
            for (const file of await writeCertificates(ended, request.signer)) note(`certificate: ${join(dir, file)}`);
          }
        } finally {
          progress.close();
          // what was judged is kept, also where a report or a certificate could not be written
          const notKept = run.finished === undefined ? undefined : await keepRun(run, dir, request.store);
          if (notKept !== undefined) process.stderr.write(`stormproof: ${notKept}\n`);
        }
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

const sum = (figures: readonly number[]): number => figures.reduce((total, each) => total + each, 0);

/** A server that was asked for by name is worth installing, where that may be. */
const tailPrograms = ({ storage: { tail }, install }: RunRequest): readonly string[] =>
  tail !== undefined && install ? TAILS[tail].programs : [];

/** The tweaks of every trial with those of a set, which win. */
const together = (always: readonly Tweak[], set: readonly Tweak[]): Tweak[] => [
  ...always.filter(({ name }) => !set.some((each) => each.name === name)),
  ...set,
];

/** What reads a named directory must never find an older run in it. Throws UsageError for one that is neither new nor empty. */
function refuseUsed(out: string): void {
  const dir = resolve(out);
  if (existsSync(dir) && (!statSync(dir).isDirectory() || readdirSync(dir).length > 0))
    throw new UsageError(`--out ${out}: it is there already; name a directory that is new or empty`);
}

/** What `--out` names, or `results/runs/<UTC stamp>-<name>` below the working directory. */
function makeRunDir({ out, name }: RunRequest, started: Date): string {
  const stamp = started
    .toISOString()
    .replaceAll(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
  const base = resolve(out ?? join('results', 'runs', `${stamp}-${name}`));
  if (out !== undefined) refuseUsed(out); // another run may have taken it while the candidates were resolved
  for (let copy = 1; copy < 100; copy += 1) {
    const dir = copy === 1 ? base : `${base}.${copy}`;
    try {
      const made = mkdirSync(dir, { recursive: true }) !== undefined;
      // two runs of the same second each get their own
      if (made || out !== undefined) return dir;
    } catch (cause) {
      throw new InfraError(`cannot make the run's directory ${dir}: ${explain(cause)}`, { cause });
    }
  }
  throw new InfraError(`cannot find a free name for the run's directory beside ${base}`);
}
