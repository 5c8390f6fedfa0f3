/** When a fault was in force on a machine. */
import { all, type Evidence } from './evidence.ts';

/** What a fault brings may be told a moment after it was undone. */
export const AFTERWARDS_S = 2;

export interface FaultWindow {
  readonly begin: number;
  /** for ever, where it was not undone, or nobody knows whether it was */
  readonly end: number;
  /** what it told when it ended */
  readonly figures: Readonly<Record<string, number>>;
}

export function faultWindows(evidence: Evidence, fault: string, machine: string): FaultWindow[] {
  const own = all(evidence.records, 'action').filter(({ what, name, on }) => what === 'fault' && name === fault && on === machine);
  return own.flatMap(({ state, t: begin }, index) => {
    if (state !== 'begin') return [];
    const ended = own.find((each, later) => later > index && each.state === 'end');
    return [{ begin, end: ended?.t ?? Number.POSITIVE_INFINITY, figures: ended?.figures ?? {} }];
  });
}
