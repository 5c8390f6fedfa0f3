/**
 * A run's history, boiled down to what a page shows, while it is read: of bounded size however long the history is, and cheap enough for thousands of
 * records a second. What comes by the thousand is looked at by hand; everything else is checked against the model.
 */
import { HistoryRecord, ProbeName } from '../../results/model.ts';
import { PLANNED_TRIALS } from '../judge.ts';
import { TrialLog } from './trial-log.ts';

/** A run of more has its first ones only. */
const MOST_TRIALS = 1000;
/** Three years: no run's clock goes so far, and a curve must end somewhere. */
const LATEST_s = 1e8;
const PROBES: ReadonlySet<string> = new Set(ProbeName.options);
/** Told every second or more often, and not shown. */
const UNSEEN: ReadonlySet<unknown> = new Set(['io', 'counters', 'memory', 'armed']);

/** Where in the history the records of a trial stand. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export class Digest {
  readonly trials = new Map<string, TrialLog>();
  /** goes up with every record: what has a higher one than a reader has seen is news to it */
  revision = 0;
  /** where the run's clock stands */
  t = 0;
  damaged = 0;
  planned = 0;
  /** known issues of the whole run, told before its first trial: the judge of each trial must know them */
  readonly waivers: HistoryRecord[] = [];
  /** trials that have ended since somebody last looked, to be judged */
  readonly ended: { readonly name: string; readonly stretch: Stretch }[] = [];
  readonly #begun = new Map<string, number>();

  /** The trial that is under way, or was the last. */
  get current(): TrialLog | undefined {
    return [...this.trials.values()].at(-1);
  }

  /** Takes one line of the history, which begins at byte `offset` of it. */
  line(bytes: Buffer, offset: number): void {
    let json: unknown;
    try {
      json = JSON.parse(bytes.toString('utf8'));
    } catch {
      this.damaged += 1; // a torn line, as a killed run leaves it: what stands behind it still counts
      return;
    }
    if (!this.#take(json, offset, offset + bytes.length + 1)) this.damaged += 1;
  }

  #take(json: unknown, offset: number, end: number): boolean {
    if (!isStamped(json)) return false;
    this.revision += 1;
    this.t = Math.max(this.t, json.t);
    if (UNSEEN.has(json.k)) return true;
    if (json.k === 'sample') return this.#sample(json);
    const parsed = HistoryRecord.safeParse(json);
    if (!parsed.success) return false;
    this.#record(parsed.data, offset, end);
    return true;
  }

  #sample(json: Readonly<Record<string, unknown>> & { t: number; trial: string }): boolean {
    const { t, trial, machine, probe, ms } = json;
    const fine = typeof machine === 'string' && PROBES.has(probe as string) && (ms === null || (typeof ms === 'number' && ms >= 0));
    if (fine) this.trials.get(trial)?.sample({ t, machine, probe: probe as ProbeName, ms: ms as number | null }, this.revision);
    return fine;
  }

  #record(record: HistoryRecord, offset: number, end: number): void {
    const { revision } = this;
    if (record.k === 'waiver') this.waivers.push(record);
    else if (record.k === 'fact') {
      if (record.name === PLANNED_TRIALS) this.planned = Number(record.value) || 0;
    } else if (record.k === 'trial') {
      if (this.trials.size >= MOST_TRIALS) return;
      this.trials.set(record.trial, new TrialLog(record, revision));
      this.#begun.set(record.trial, offset);
    }
    const log = this.trials.get(record.trial);
    if (log === undefined) return;
    if (record.k === 'action') log.action(record, revision);
    else if (record.k === 'event') log.event(record.t, record.machine, record.event, revision);
    else if (record.k === 'phase') {
      log.phase(record, revision);
      if (log.state.value.ended !== null)
        this.ended.push({ name: record.trial, stretch: { from: this.#begun.get(record.trial) ?? 0, to: end } });
    }
  }

  /** The verdict of a trial that has ended. */
  judged(name: string, result: Parameters<TrialLog['judged']>[0]): void {
    this.revision += 1;
    this.trials.get(name)?.judged(result, this.revision);
  }
}

type Stamped = Readonly<Record<string, unknown>> & { readonly t: number; readonly trial: string };

const isStamped = (json: unknown): json is Stamped => {
  if (typeof json !== 'object' || json === null) return false;
  const { t, trial, k } = json as Record<string, unknown>;
  return typeof t === 'number' && t >= 0 && t <= LATEST_s && typeof trial === 'string' && typeof k === 'string';
};
