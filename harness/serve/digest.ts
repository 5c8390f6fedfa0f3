/**
 * A run's history, boiled down to what a page shows, while it is read: of bounded size however long the history is, and cheap enough for thousands of
 * records a second. What comes by the thousand is looked at by hand; everything else is checked against the model.
 */
import { HistoryRecord, ProbeName, SCHEMA_VERSION } from '../../results/model.ts';
import { upToDate } from '../../results/record.ts';
import { PLANNED_TRIALS } from '../judge.ts';
import { type Begin, TrialLog } from './trial-log.ts';

/** The latest so many trials have all that is shown of them, older ones a line each. */
const MOST_DETAILED = 1000;
/** A run of more has the latest so many in its list, and the others counted. */
const MOST_TRIALS = 5000;
/** More waivers than anybody writes: where a run has more, its trials get their verdict with the run, from a judge that knows all of them. */
const MOST_WAIVERS = 1000;
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
  /** the version of the record that the history is of */
  readonly version: number;
  /** those in the list, in the order of their beginnings */
  readonly trials = new Map<string, TrialLog>();
  /** the trial that is under way, or was the last */
  current: TrialLog | undefined;
  /** goes up with every record: what has a higher one than a reader has seen is news to it */
  revision = 0;
  /** where the run's clock stands */
  t = 0;
  damaged = 0;
  planned = 0;
  /** trials that are in the list no more */
  trialsLeftOut = 0;
  /** known issues of the whole run, told before its first trial: the judge of each trial must know them; undefined where they are too many */
  waivers: HistoryRecord[] | undefined = [];
  /** trials that have ended and are to be judged, each once */
  readonly ended = new Map<string, Stretch>();
  readonly #begun = new Map<string, number>();
  /** those of the list that are more than a line, the oldest first */
  readonly #detailed = new Set<TrialLog>();

  constructor(version: number = SCHEMA_VERSION) {
    this.version = version;
  }

  /** Takes one line of the history, which begins at byte `offset` of it. */
  line(bytes: Buffer, offset: number): void {
    let json: unknown;
    try {
      json = upToDate(JSON.parse(bytes.toString('utf8')), this.version);
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
    if (record.k === 'waiver') this.#waive(record);
    else if (record.k === 'fact') {
      const planned = record.name === PLANNED_TRIALS ? Number(record.value) : this.planned;
      this.planned = Number.isSafeInteger(planned) && planned > 0 ? planned : 0;
    } else if (record.k === 'trial') this.#begin(record, offset);
    const log = this.trials.get(record.trial);
    if (log === undefined) return;
    if (record.k === 'action') log.action(record, revision);
    else if (record.k === 'event') log.event(record.t, record.machine, record.event, revision);
    else if (record.k === 'phase') {
      log.phase(record, revision);
      const { ended, verdict } = log.state.value;
      if (ended !== null && verdict === null) this.ended.set(record.trial, { from: this.#begun.get(record.trial) ?? 0, to: end });
    }
  }

  #waive(record: HistoryRecord): void {
    if (this.waivers === undefined || this.waivers.length >= MOST_WAIVERS) this.waivers = undefined;
    else this.waivers.push(record);
  }

  /** A trial that begins once more under its name is told anew. The oldest makes room: trials come one after the other, so that it is over. */
  #begin(record: Begin, offset: number): void {
    const { revision } = this;
    const before = this.trials.get(record.trial);
    if (before !== undefined) this.#forget(before);
    const log = new TrialLog(record, revision);
    this.current = log;
    this.trials.set(record.trial, log);
    this.#begun.set(record.trial, offset);
    this.#detailed.add(log);
    const [oldest] = this.trials.values();
    if (this.trials.size > MOST_TRIALS && oldest !== undefined) {
      this.#forget(oldest);
      this.trialsLeftOut += 1;
    }
    const [full] = this.#detailed;
    if (this.#detailed.size > MOST_DETAILED && full !== undefined) {
      full.drop(revision);
      this.#detailed.delete(full);
    }
  }

  #forget(log: TrialLog): void {
    const { name } = log.state.value;
    this.trials.delete(name);
    this.#begun.delete(name);
    this.ended.delete(name);
    this.#detailed.delete(log);
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
