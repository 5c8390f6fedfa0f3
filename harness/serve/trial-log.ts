/** What is kept of one trial's history to be looked at: curves, marks and events, all of bounded length. */
import type { HistoryRecord, KernelEvent, Phase, TrialResult } from '../../results/model.ts';
import { BoundedCurve } from './curve.ts';
import type { EventGroup, LeftOut, Mark, ProbeFigure, TrialState } from './protocol.ts';

const MOST_CURVES = 200;
/** Beside phases, of which a trial has nine. */
const MOST_MARKS = 500;
const MOST_PHASES = 100;
const MOST_EVENTS = 300;
const MOST_REPORT_LINES = 80;

type Of<K extends HistoryRecord['k']> = Extract<HistoryRecord, { k: K }>;
export type Begin = Of<'trial'>;
export type Sample = Pick<Of<'sample'>, 't' | 'machine' | 'probe' | 'ms'>;

/** Something that was told before and may have changed since: `revision` says when it last did. */
export interface Kept<T> {
  revision: number;
  value: T;
}

export interface Series extends ProbeFigure {
  readonly machine: string;
  readonly curve: BoundedCurve;
}

export class TrialLog {
  state: Kept<TrialState>;
  readonly series = new Map<string, Kept<Series>>();
  readonly marks: Kept<Mark>[] = [];
  readonly events = new Map<string, Kept<EventGroup>>();
  /** what is not among these, since there were too many */
  readonly leftOut: { -readonly [K in Exclude<keyof LeftOut, 'trials'>]: number } = { marks: 0, events: 0, samples: 0 };
  #phases = 0;

  constructor({ t, trial, suite, class: size, candidate, variant, machines }: Begin, revision: number) {
    this.state = {
      revision,
      value: {
        name: trial,
        suite,
        class: size,
        candidate,
        variant: variant ?? null,
        machines: machines.map(({ name, seat, probes }) => ({ name, seat, probes })),
        begun: t,
        ended: null,
        phase: null,
        phaseBegun: t,
        verdict: null,
        reasons: [],
        faults: 0,
        dropped: false,
      },
    };
  }

  sample({ t, machine, probe, ms }: Sample, revision: number): void {
    const key = `${machine}/${probe}`;
    let kept = this.series.get(key);
    if (kept === undefined) {
      if (this.series.size >= MOST_CURVES || this.state.value.dropped) {
        this.leftOut.samples += 1;
        return;
      }
      const fresh = { machine, probe, ms: null, answered: t, worst_ms: null, count: 0, lost: 0, curve: new BoundedCurve() };
      kept = { revision, value: fresh };
      this.series.set(key, kept);
    }
    const { value } = kept;
    value.curve.add(t, ms);
    kept.revision = revision;
    // changed in place: they come by the thousand
    Object.assign(value, {
      ms,
      answered: ms === null ? value.answered : t,
      worst_ms: ms === null ? value.worst_ms : Math.max(value.worst_ms ?? 0, ms),
      count: value.count + 1,
      lost: value.lost + (ms === null ? 1 : 0),
    });
  }

  phase({ t, phase, state }: Of<'phase'>, revision: number): void {
    if (state === 'begin') this.#change({ phase, phaseBegun: t }, revision);
    const last: Phase = 'release';
    if (state === 'end' && phase === last) this.#change({ ended: t }, revision);
    this.#mark({ t, what: 'phase', name: phase, on: '', state, detail: '' }, revision);
  }

  action({ t, what, name, on, state, detail, figures = {} }: Of<'action'>, revision: number): void {
    const told = Object.entries(figures).map(([figure, value]) => `${figure} ${value}`);
    this.#mark({ t, what, name, on, state, detail: [...(detail === undefined ? [] : [detail]), ...told].join(', ') }, revision);
  }

  event(t: number, machine: string, event: KernelEvent, revision: number): void {
    if (event.class === 'crash' || event.class === 'hang') this.#change({ faults: this.state.value.faults + 1 }, revision);
    const key = `${machine}\0${event.title}`;
    const kept = this.events.get(key);
    if (kept !== undefined) {
      kept.revision = revision;
      kept.value = { ...kept.value, count: kept.value.count + 1, last: t };
    } else if (this.events.size >= MOST_EVENTS || this.state.value.dropped) this.leftOut.events += 1;
    else {
      const { class: family, severity, title, task, byteOffset, consequenceOf, report } = event;
      const value: EventGroup = {
        ...{ id: this.events.size, machine, class: family, severity, title, task: task ?? null, count: 1, first: t, last: t },
        ...{ follows: consequenceOf !== undefined, offset: byteOffset, report: report.slice(0, MOST_REPORT_LINES) },
      };
      this.events.set(key, { revision, value });
    }
  }

  /** The verdict that the judge gives on what the trial has told. */
  judged({ verdict, reasons }: Pick<TrialResult, 'verdict' | 'reasons'>, revision: number): void {
    this.#change({ verdict, reasons }, revision);
  }

  /** Forgets all but what stands in one line about it. */
  drop(revision: number): void {
    this.series.clear();
    this.marks.splice(0);
    this.events.clear();
    this.#change({ dropped: true }, revision);
  }

  #change(change: Partial<TrialState>, revision: number): void {
    this.state = { revision, value: { ...this.state.value, ...change } };
  }

  #mark(
    { t, what, name, on, state, detail }: Pick<Mark, 'what' | 'name' | 'on' | 'detail'> & Pick<Of<'action'>, 't' | 'state'>,
    revision: number,
  ): void {
    if (state === 'begin') {
      const isPhase = what === 'phase';
      const others = this.marks.length - this.#phases;
      if (this.state.value.dropped || (isPhase ? this.#phases >= MOST_PHASES : others >= MOST_MARKS)) {
        this.leftOut.marks += 1;
        return;
      }
      if (isPhase) this.#phases += 1;
      const mark: Mark = { id: this.marks.length, what, name, on, from: t, to: null, failed: false, detail };
      this.marks.push({ revision, value: mark });
      return;
    }
    const same = ({ value }: Kept<Mark>): boolean => value.what === what && value.name === name && value.on === on && value.to === null;
    const open = this.marks.findLast(same);
    if (open === undefined) return;
    open.revision = revision;
    const both = [open.value.detail, detail].filter((each) => each !== '');
    open.value = { ...open.value, to: t, failed: state === 'failed', detail: both.join('; ') };
  }
}
