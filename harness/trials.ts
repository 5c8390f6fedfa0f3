/** The trials of a run, one after the other, and again those that our own side broke before any kernel ran. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { explain } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import type { Run } from '../results/model.ts';
import { SUITES, type SuiteName } from '../suites/index.ts';
import type { Tweak } from '../suites/tweaks/tweak.ts';
import { lab } from '../targets/lab/lab.ts';
import type { Candidate, Site } from '../targets/target.ts';
import { BEFORE_ANY_KERNEL } from './judge.ts';
import type { PlannedTrial } from './plan.ts';
import type { RunRequest } from './run-request.ts';
import { runTrial, type TrialRequest } from './trial.ts';
import { expectedLength_s } from './trial-plan.ts';
import type { ClassWork, Work } from './work.ts';

/** What the trials of a run have in common. */
export interface Common {
  readonly request: RunRequest;
  readonly work: Work;
  readonly candidates: readonly Candidate[];
  /** told on what the machines ran, once that is known */
  readonly run: Run;
  readonly history: History;
  readonly dir: string;
  readonly runtimeDir: string;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
  /** told before each trial how long it will take, in seconds */
  readonly expect: (trial: string, seconds: number) => void;
}

/** Carries out `trials` until the run's signal; whatever happens in them is in the history. */
export async function carryOut(trials: readonly PlannedTrial[], common: Common): Promise<void> {
  const { request, history, signal, note } = common;
  const broken = new Set<string>();
  history.subscribe((record) => {
    if (record.k === 'failure' && record.fault === 'infrastructure' && record.phase === BEFORE_ANY_KERNEL) broken.add(record.trial);
  });
  let begun = 0;
  const tryOne = (trial: PlannedTrial, retryOf?: string): Promise<void> => {
    begun += 1;
    return carryOutOne(requestOf(trial, common, retryOf), join(common.runtimeDir, String(begun)), common);
  };
  for (const trial of trials) {
    if (signal.aborted) return;
    await tryOne(trial);
    for (let tried = 1, last = trial.name; broken.has(last) && tried <= request.retries && !signal.aborted; tried += 1) {
      const name = `${trial.name}@again${tried}`;
      note(`${last} failed on our own side before any kernel ran, and is tried again (${tried} of ${request.retries})`);
      await tryOne({ ...trial, name }, last);
      last = name;
    }
  }
}

function requestOf(trial: PlannedTrial, { request, work, candidates }: Common, retryOf: string | undefined): TrialRequest {
  const { size, profile } = work.sizes.find((each) => each.size.name === trial.className) as ClassWork;
  return {
    ...{ name: trial.name, suite: SUITES[trial.suite as SuiteName], case: trial.case, size, profile, seed: trial.seed },
    candidate: candidates[trial.candidate] as Candidate,
    sabotage: work.sabotage === undefined ? undefined : { name: request.sabotage as string, how: work.sabotage },
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
}

/** `runtimeDir` is of this trial alone, and short for the sake of the sockets in it. */
async function carryOutOne(trial: TrialRequest, runtimeDir: string, { run, history, dir, signal, note, expect }: Common): Promise<void> {
  expect(trial.name, expectedLength_s(trial));
  const describe = ({ accelerator: { kind, why }, emulated }: Pick<Site, 'accelerator' | 'emulated'>) => {
    Object.assign(run.host, { accelerator: kind, accelerator_why: why });
    run.scope = { kind: lab.kind, emulated: [...new Set([...(run.scope?.emulated ?? []), ...emulated])] };
  };
  await runTrial(trial, { run: run.id, target: lab, history, dir, runtimeDir, signal, note, describe });
  try {
    // its disks may be full: those of a night's trials would fill the lab host, or its memory where they lie on a tmpfs
    rmSync(runtimeDir, { recursive: true, force: true });
  } catch (error) {
    note(`${runtimeDir} goes with the run: ${explain(error)}`);
  }
}

/** The tweaks of every trial with those of a set, which win. */
const together = (always: readonly Tweak[], set: readonly Tweak[]): Tweak[] => [
  ...always.filter(({ name }) => !set.some((each) => each.name === name)),
  ...set,
];
