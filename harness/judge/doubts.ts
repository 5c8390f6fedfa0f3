/** Why the silence of a trial proves nothing: what would have spoken was not shown to work, or the trial did not get to its end. */
import { type EventClass, PHASES } from '../../results/model.ts';
import { all, type Evidence, unended } from './evidence.ts';

/** Events that say that other events may be missing, and of which classes. Where one is seen, the absence of those is unproven. */
export const BLINDING: Readonly<Record<string, readonly EventClass[] | 'all'>> = {
  hung_suppressed: ['hang'],
  log_gap: 'all',
  console_gap: 'all',
};

/** Sentences, most important first. Empty means that silence may be believed. */
export function doubtsOf(evidence: Evidence): string[] {
  return [...stopped(evidence), ...unarmed(evidence), ...unfinished(evidence), ...halfDone(evidence)];
}

/** Reasons why nothing seen of these classes is not the same as nothing there. */
export function blinded(evidence: Evidence, classes: readonly EventClass[]): string[] {
  const said = evidence.events
    .filter(({ event }) => {
      const hides = BLINDING[event.kind];
      return hides === 'all' || hides?.some((name) => classes.includes(name));
    })
    .map(({ machine, event }) => `${machine}: "${event.title}": what was not printed cannot be counted`);
  return [...new Set(said)];
}

function stopped(evidence: Evidence): string[] {
  const whose = { infrastructure: 'our side failed', interrupted: 'interrupted', candidate: '' };
  return all(evidence.records, 'failure')
    .filter((failure) => failure.fault !== 'candidate')
    .map((failure) => `${whose[failure.fault]} in ${failure.phase}: ${failure.message}`);
}

function unarmed(evidence: Evidence): string[] {
  const checks = all(evidence.records, 'armed');
  const broken = checks
    .filter((check) => !check.ok)
    .map((check) => `${check.machine}: detector not armed: ${check.check}: ${check.detail}`);
  const silent = evidence.about.machines
    .filter((machine) => !checks.some((check) => check.machine === machine.name))
    .map((machine) => `${machine.name}: its detectors were never shown to work`);
  return [...new Set([...broken, ...silent])];
}

/** Every phase must have ended, up to the release: a record that was cut off must not look better than the whole. */
function unfinished(evidence: Evidence): string[] {
  const missing = PHASES.find((phase) => evidence.phases.get(phase)?.end === undefined);
  if (missing === undefined) return [];
  const begun = evidence.phases.get(missing)?.begin !== undefined;
  return [`the trial ${begun ? `stopped in its ${missing} phase` : `never came to its ${missing} phase`}`];
}

/** What the suite asked for and did not get done. */
function halfDone(evidence: Evidence): string[] {
  const failed = all(evidence.records, 'action')
    .filter((action) => action.state === 'failed' && action.what !== 'reset')
    .map((action) => `${action.what} ${action.name} on ${action.on} failed${action.detail ? `: ${action.detail}` : ''}`);
  const left = unended(evidence).map((action) => `${action.what} ${action.name} on ${action.on} was never confirmed to have ended`);
  return [...new Set([...failed, ...left])];
}
