/** What the server and the page in the browser say to each other: types alone, for both sides. Times `t` are seconds on the run's own clock. */
import type { EventClass, Phase, ProbeName, Run, Severity, Verdict } from '../../results/model.ts';
import type { Trend } from '../../results/store/queries.ts';

export type { EventClass, Phase, ProbeName, Run, Severity, Trend, Verdict };

/** `broken off`: it has no end in its record, and nobody is at it any more. */
export type RunState = 'under way' | 'finished' | 'broken off';

/** A run in a list. */
export interface RunSummary {
  readonly id: string;
  readonly name: string;
  readonly command: string;
  /** ISO 8601 */
  readonly started: string;
  readonly finished: string | null;
  readonly state: RunState;
  readonly verdict: Verdict | null;
  readonly sabotage: string | null;
  readonly host: string;
  readonly kernels: readonly string[];
  readonly suites: readonly string[];
  readonly classes: readonly string[];
  /** how many trials had each verdict */
  readonly trials: Readonly<Partial<Record<Verdict, number>>>;
  /** its directory is here, so that its curves and consoles can be seen */
  readonly here: boolean;
  /** why its record cannot be shown */
  readonly problem: string | null;
}

export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** that the filter lets through */
  readonly total: number;
  /** what there is to choose from */
  readonly kernels: readonly string[];
  readonly suites: readonly string[];
  /** why something may be missing from the list */
  readonly problem: string | null;
}

/** One run: its record, and the files of its directory that may be opened. */
export interface RunDetail {
  readonly summary: RunSummary;
  readonly record: Run | null;
  /** the reasons of the record, of each trial the first */
  readonly why: readonly string[];
  /** known issues that were waived, waivers that are of no use, and how often repeated trials failed */
  readonly told: readonly string[];
  readonly files: readonly string[];
  readonly directory: string | null;
}

export interface ProbeFigure {
  readonly probe: ProbeName;
  /** the last answer; null where there was none yet, or none came */
  readonly ms: number | null;
  /** when the last answer came, or the first sample when none ever did */
  readonly answered: number;
  readonly worst_ms: number | null;
  readonly count: number;
  readonly lost: number;
}

/** A run under way, in a list of these. */
export interface LiveRun {
  readonly summary: RunSummary;
  readonly t: number;
  readonly trial: TrialState | null;
  /** of so many that were planned; 0 where that is not known */
  readonly number: number;
  readonly planned: number;
  /** what is going on now: `fault link-cut on store` */
  readonly doing: readonly string[];
  readonly machines: readonly {
    readonly name: string;
    readonly probes: readonly (ProbeFigure & { readonly recent: readonly Point[] })[];
  }[];
  /** the last few that are more than information */
  readonly events: readonly EventGroup[];
}

export interface LiveList {
  /** another number whenever the list of runs is another */
  readonly version: number;
  readonly runs: readonly LiveRun[];
}

export interface TrialState {
  readonly name: string;
  readonly suite: string;
  readonly class: string;
  readonly candidate: string;
  readonly variant: string | null;
  readonly machines: readonly { readonly name: string; readonly seat: string; readonly probes: readonly ProbeName[] }[];
  readonly begun: number;
  readonly ended: number | null;
  readonly phase: Phase | null;
  readonly phaseBegun: number;
  readonly verdict: Verdict | null;
  readonly reasons: readonly string[];
  /** crashes and hangs */
  readonly faults: number;
  /** its curves, marks and events are not kept any more: so many trials have come after it */
  readonly dropped: boolean;
}

/** How much was told that is not kept, since a page has to have an end. */
export interface LeftOut {
  /** of the run: trials that are in no list */
  readonly trials: number;
  /** of the trial shown: engines, loads, faults and the like; events; and answers of probes that have no curve */
  readonly marks: number;
  readonly events: number;
  readonly samples: number;
}

/** The worst answer (ms) in the time from `t` on, null where none came; and how many came never. */
export type Point = readonly [t: number, worst_ms: number | null, lost: number];

/** A piece of a curve: what was told of it from point `from` on is replaced by these. */
export interface SeriesPart extends ProbeFigure {
  readonly machine: string;
  /** the time that a point stands for */
  readonly width_s: number;
  readonly from: number;
  readonly points: readonly Point[];
}

/** Something that lasted: a phase, an engine, a fault. */
export interface Mark {
  readonly id: number;
  readonly what: 'phase' | 'engine' | 'load' | 'fault' | 'policy' | 'reset' | 'sabotage';
  readonly name: string;
  readonly on: string;
  readonly from: number;
  readonly to: number | null;
  readonly failed: boolean;
  /** what it was given, and what it told at its end */
  readonly detail: string;
}

/** All events of one title on one machine. */
export interface EventGroup {
  readonly id: number;
  readonly machine: string;
  readonly class: EventClass;
  readonly severity: Severity;
  readonly title: string;
  readonly task: string | null;
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly follows: boolean;
  /** of the first: where it begins in the machine's console, and its lines */
  readonly offset: number;
  readonly report: readonly string[];
}

export interface ConsolePart {
  readonly machine: string;
  readonly file: string;
  /** bytes that are in the file and are not shown */
  readonly passedOver: number;
  /** where each line begins in the file, and its text */
  readonly lines: readonly (readonly [offset: number, text: string])[];
}

/** What is new of a run since the frame before. Only what has changed is in it. */
export interface Frame {
  /** what was told before is of another trial, or void: forget it */
  readonly reset: boolean;
  readonly state: RunState;
  /** where the run's clock stands */
  readonly t: number;
  /** how far the history was read, and how long it is */
  readonly read_bytes: number;
  readonly of_bytes: number;
  /** lines of the history that are no records */
  readonly damaged: number;
  /** why something cannot be read now; it is tried again */
  readonly trouble: string | null;
  readonly planned: number;
  readonly leftOut: LeftOut;
  readonly record?: Run | null;
  readonly trials?: readonly TrialState[];
  /** the trial that the rest is of; null before the first */
  readonly trial: string | null;
  readonly series: readonly SeriesPart[];
  readonly marks: readonly Mark[];
  readonly events: readonly EventGroup[];
  readonly consoles: readonly ConsolePart[];
  /** nothing more will come */
  readonly done: boolean;
}

export interface TrendPage {
  readonly measures: readonly string[];
  readonly suites: readonly string[];
  readonly classes: readonly string[];
  readonly kernels: readonly string[];
  readonly measure: string | null;
  readonly trends: readonly Trend[];
  readonly problem: string | null;
}

/** One measure of two runs. */
export interface ComparedMeasure {
  readonly trial: string;
  readonly measure: string;
  readonly machine: string;
  readonly unit: string;
  /** the median of the run's trials; `never` for what did not come to an end, null where it was not measured */
  readonly a: number | 'never' | null;
  readonly b: number | 'never' | null;
  /** b / a; null where one is no number or a is 0 */
  readonly ratio: number | null;
  /** what a test says of the difference, where it says anything */
  readonly says?: Says;
}

export type Says = 'worse' | 'better' | 'different';

export interface ComparedEvent {
  readonly title: string;
  readonly class: EventClass;
  readonly a: number;
  readonly b: number;
  readonly says?: Says;
}

export interface Comparison {
  readonly measures: readonly ComparedMeasure[];
  readonly events: readonly ComparedEvent[];
  /** what is to be known before anything is concluded from it */
  readonly notes: readonly string[];
}

export interface ComparePage {
  readonly a: RunDetail;
  readonly b: RunDetail;
  readonly comparison: Comparison;
}
