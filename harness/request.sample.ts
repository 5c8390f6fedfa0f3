/** For tests: the least that a run can be asked for. */
import { CLASSES } from '../suites/classes.ts';
import type { RunRequest } from './run-request.ts';

export const REQUEST: RunRequest = {
  argv: [],
  said: [],
  name: 'certify',
  kernels: ['running'],
  profile: 'full',
  classes: [CLASSES['1G']],
  suites: [],
  seed: 7,
  store: { kind: 'none' },
  append: [],
  tweaks: [],
  variants: [],
  repeats: 1,
  retries: 0,
  against: false,
  search: false,
  storage: {},
  pool: {},
  waivers: [],
  ui: 'quiet',
  install: false,
};
