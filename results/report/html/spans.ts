/** When what was under way: phases, engines, loads, faults. All times are seconds on the run's clock. */
import { PHASES, type Phase } from '../../model.ts';
import type { Span } from './silences.ts';
import { all, type Of, type Story } from './story.ts';

/** The phases of a trial in their order; one that was never seen to end lasts to the end of the record. */
export function phasesOf({ records, to }: Story): (Span & { readonly phase: Phase; readonly ended: boolean })[] {
  const seen = all(records, 'phase');
  return PHASES.flatMap((phase) => {
    const begin = seen.find((each) => each.phase === phase && each.state === 'begin');
    const end = seen.findLast((each) => each.phase === phase && each.state === 'end');
    return begin === undefined ? [] : [{ phase, from: begin.t, to: end?.t ?? to, ended: end !== undefined }];
  });
}

export interface Act extends Span {
  readonly what: Of<'action'>['what'];
  readonly name: string;
  readonly on: string;
  readonly detail: string;
  readonly state: 'ended' | 'failed' | 'not seen to end';
}

/** What was done, each begin with the end that belongs to it. */
export function actsOf({ records, to }: Story): Act[] {
  const open = new Map<string, Act[]>();
  const acts: Act[] = [];
  const nameOf = ({ what, name, on, tenant = '' }: Of<'action'>): string => [what, name, on, tenant].join('\0');
  for (const record of all(records, 'action')) {
    const { t, what, name, on, state, detail = '' } = record;
    const key = nameOf(record);
    const act = { what, name, on, detail, from: t, to, state: 'not seen to end' as const };
    if (state === 'begin') {
      open.set(key, [...(open.get(key) ?? []), act]);
      acts.push(act);
      continue;
    }
    const begun = open.get(key)?.shift();
    const ended = { ...(begun ?? act), to: t, state: state === 'end' ? ('ended' as const) : ('failed' as const) };
    if (begun === undefined) acts.push(ended);
    else acts[acts.indexOf(begun)] = ended;
    if (state === 'failed' && detail !== '' && ended.detail !== detail) acts[acts.indexOf(ended)] = { ...ended, detail };
  }
  return acts;
}

export interface Windows {
  readonly baseline: Span | undefined;
  /** from the storm's begin to the end of the last engine, fault or sabotage before the check, as docs/verdict.md has it */
  readonly storm: Span | undefined;
  /** from there to the end of the recovery */
  readonly after: Span | undefined;
}

/** The three stretches of time that are compared. */
export function windowsOf(story: Story): Windows {
  const phases = new Map(phasesOf(story).map((each) => [each.phase, each]));
  const storm = phases.get('storm');
  if (storm === undefined) return { baseline: phases.get('baseline'), storm: undefined, after: undefined };
  const until = phases.get('check')?.from ?? story.to;
  const ends = actsOf(story).flatMap(({ what, to }) =>
    what !== 'load' && what !== 'policy' && what !== 'reset' && to <= until ? [to] : [],
  );
  const end = ends.length === 0 ? storm.to : Math.max(...ends);
  const recovery = phases.get('recovery');
  return {
    baseline: phases.get('baseline'),
    storm: { from: storm.from, to: end },
    after: recovery === undefined ? undefined : { from: end, to: Math.max(end, recovery.to) },
  };
}
