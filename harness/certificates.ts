/** The certificates of a run: one for each kernel on each class of host, written when all that they rest on is written. */
import { join } from 'node:path';
import { seal } from '../results/certificate/envelope.ts';
import { digestEvidence } from '../results/certificate/evidence.ts';
import type { Signer } from '../results/certificate/keys.ts';
import { payloadOf, statementOf } from '../results/certificate/statement.ts';
import { decides, type HistoryRecord, type Run } from '../results/model.ts';
import { judge, PLANNED_TRIALS } from './judge.ts';
import type { PlannedTrial } from './plan.ts';
import { writeWhole } from './run-files.ts';
import type { ClassWork } from './work.ts';
import { formsOf } from './work.ts';

/** A run that has ended: its directory, its record, its history and what was planned. */
export interface Ended {
  readonly dir: string;
  readonly run: Run;
  readonly records: readonly HistoryRecord[];
  /** what of the history could not be read */
  readonly damage: readonly string[];
  readonly planned: readonly PlannedTrial[];
  readonly sizes: readonly ClassWork[];
  /** kernel parameters that were added */
  readonly parameters: readonly string[];
  /** the last of the kernels is there for comparison alone, and gets none */
  readonly against: boolean;
}

/**
 * Writes them into the run's directory, also those of kernels that failed, so that a gate can tell why it refuses; returns their names. Everything else must
 * be in the directory by then. Throws InfraError.
 */
export async function writeCertificates(ended: Ended, signer: Signer): Promise<string[]> {
  const { dir, run, sizes, parameters, against } = ended;
  const many = { kernel: run.candidates.length > 1, class: sizes.length > 1 };
  const subjects = (against ? run.candidates.slice(0, -1) : run.candidates).flatMap((candidate, index) =>
    sizes.map((work) => ({
      candidate,
      work,
      planned: ended.planned.filter((trial) => trial.candidate === index && trial.className === work.size.name),
      // as trials are called
      file: `${['certificate', ...(many.kernel ? [`k${index + 1}-${candidate.release}`] : []), ...(many.class ? [work.size.name] : [])]
        .join('@')
        .replaceAll(/[^\w.@+-]/g, '_')}.json`,
    })),
  );
  const certificates = subjects.map(({ file }) => file);
  const evidence = await digestEvidence(dir, certificates);
  for (const { candidate, work, planned, file } of subjects) {
    const { trials, ...judged } = judgeAlone(ended, planned);
    const own = { ...run, finished: run.finished ?? new Date().toISOString(), ...judged, trials: trials.filter(decides) };
    const size = { ...work.size, suites: [...work.size.suites], untried: untried(work, planned) };
    const statement = statementOf({ run: own, candidate, parameters, class: size, evidence, certificates });
    writeWhole(join(dir, file), seal(payloadOf(statement), signer));
  }
  return certificates;
}

/** As if nothing else had been tried; what concerns the whole run counts for each. */
function judgeAlone({ records, damage }: Ended, planned: readonly PlannedTrial[]): ReturnType<typeof judge> {
  const names = new Set(planned.map(({ name }) => name));
  // and what was tried in the place of one of them
  for (const record of records) if (record.k === 'trial' && names.has(record.retryOf ?? '')) names.add(record.trial);
  const own = records
    .filter(({ trial }) => trial === '' || names.has(trial))
    .map((record) => (record.k === 'fact' && record.name === PLANNED_TRIALS ? { ...record, value: String(planned.length) } : record));
  return judge(own, damage);
}

/** What the class asks for and nobody did. */
function untried({ size, profile }: ClassWork, planned: readonly PlannedTrial[]): string[] {
  const tried = new Set(planned.map((trial) => [trial.suite, ...(trial.case === undefined ? [] : [trial.case])].join('/')));
  return [...new Set(size.suites.flatMap((form) => formsOf(form, profile)))].filter((form) => !tried.has(form));
}
