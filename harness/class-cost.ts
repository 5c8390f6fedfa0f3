/** What it takes of this machine to certify a class of host, and whether it has that: known before anything is started. */
import { InfraError } from '../results/errors.ts';
import type { HostClass } from '../suites/classes.ts';
import { SUITES, type SuiteName } from '../suites/index.ts';
import type { Profile } from '../suites/profiles.ts';
import { lab } from '../targets/lab/lab.ts';
import { runtimeRoot } from './lease.ts';
import { suiteAndCase } from './plan.ts';

export interface ClassCost {
  /** of the dearest of its suites, or one that cannot be had, in MiB of memory */
  readonly memory_MiB: number;
  /** which that is: `ipv6-flood/udp-66` */
  readonly form: string;
  /** why that cannot be had here; undefined where it can */
  readonly whyNot: string | undefined;
}

/** `forms` are suites, each with its case where it has any; there is one at least. */
export function costOf(size: HostClass, profile: Profile, forms: readonly string[], seed = 1): ClassCost {
  const costs = forms.map((form) => {
    const { suite, case: name } = suiteAndCase(form);
    return { form, ...lab.cost(SUITES[suite as SuiteName].plan(size, profile, seed, name).topology, runtimeRoot()) };
  });
  const dearest = costs.reduce((most, each) => (each.memory_MiB > most.memory_MiB ? each : most));
  return costs.find(({ whyNot }) => whyNot !== undefined) ?? dearest;
}

/** Throws InfraError with the figure for a class that is too large for this machine. */
export function refuseTooLarge(size: HostClass, profile: Profile, forms: readonly string[], seed: number): void {
  const { whyNot, form } = costOf(size, profile, forms, seed);
  if (whyNot !== undefined)
    throw new InfraError(`class ${size.name} is too large for this machine: ${form} ${whyNot}; see stormproof list classes`);
}
