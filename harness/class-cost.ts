/** What it takes of this machine to certify a class of host, and whether it has that: known before anything is started. */
import { InfraError } from '../results/errors.ts';
import { CLASSES, type HostClass } from '../suites/classes.ts';
import { SUITES, type SuiteName } from '../suites/index.ts';
import { PROFILES, type Profile } from '../suites/profiles.ts';
import { roomFor_MiB } from '../targets/lab/cost.ts';
import { lab } from '../targets/lab/lab.ts';
import { runtimeRoot } from './lease.ts';
import { suiteAndCase } from './plan.ts';
import { formsOf } from './work.ts';

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
  const costs = costsOf(size, profile, forms, seed);
  const dearest = costs.reduce((most, each) => (each.memory_MiB > most.memory_MiB ? each : most));
  return costs.find(({ whyNot }) => whyNot !== undefined) ?? dearest;
}

const costsOf = (size: HostClass, profile: Profile, forms: readonly string[], seed: number): ClassCost[] =>
  forms.map((form) => {
    const { suite, case: name } = suiteAndCase(form);
    return { form, ...lab.cost(SUITES[suite as SuiteName].plan(size, profile, seed, name).topology, runtimeRoot()) };
  });

/** What must be free to certify the class that takes least, whatever the profile: with so much, nothing of it is refused. */
export function leastRoom_MiB(): number {
  const costs = Object.values(CLASSES).map((size) =>
    Object.values(PROFILES).flatMap((profile) =>
      costsOf(
        size,
        profile,
        size.suites.flatMap((form) => formsOf(form, profile)),
        1,
      ).map(({ memory_MiB }) => memory_MiB),
    ),
  );
  return roomFor_MiB(Math.min(...costs.map((each) => Math.max(...each))));
}

/** Throws InfraError with the figure for a class that is too large for this machine. */
export function refuseTooLarge(size: HostClass, profile: Profile, forms: readonly string[], seed: number): void {
  const { whyNot, form } = costOf(size, profile, forms, seed);
  if (whyNot !== undefined)
    throw new InfraError(`class ${size.name} is too large for this machine: ${form} ${whyNot}; see stormproof list classes`);
}
