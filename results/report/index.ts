/** The registry of reports that every run leaves in its directory: file name -> what is in it. Add one by a file and a line here. */
import type { Run } from '../model.ts';
import { renderJunit } from './junit.ts';

export const REPORTS = {
  'junit.xml': renderJunit,
} as const satisfies Record<string, (run: Run) => string>;
