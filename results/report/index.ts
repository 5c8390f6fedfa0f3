/** The registry of reports that every run leaves in its directory: add one by a file and a line here. */
import type { Run, TrialResult } from '../model.ts';
import { renderCurveSvg } from './curve-svg.ts';
import { renderJunit } from './junit.ts';
import { renderScalingSvg } from './scaling-svg.ts';

/** File name -> what is in it; undefined where there is nothing to show. */
export const REPORTS = {
  'junit.xml': renderJunit,
  'scaling.svg': renderScalingSvg,
} as const satisfies Record<string, (run: Run) => string | undefined>;

/** What follows a trial's name in its file's -> what is in it; undefined where there is nothing to show. */
export const TRIAL_REPORTS = {
  'curve.svg': ({ curve, name, candidate, tweaks = [] }) =>
    curve && renderCurveSvg(curve, { title: name, subtitle: [candidate, ...tweaks].join(', ') }),
} as const satisfies Record<string, (trial: TrialResult) => string | undefined>;
