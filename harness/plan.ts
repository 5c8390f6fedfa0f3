/** candidates x classes x suites (and their cases) x seeds x variants -> trials; pure. */

export interface PlannedTrial {
  /** unique in the run, fit for a file name */
  readonly name: string;
  readonly candidate: number;
  readonly className: string;
  readonly suite: string;
  /** one of the suite's cases, where it has any */
  readonly case?: string;
  readonly seed: number;
  /** the set of tweaks that it is tried with; undefined is none */
  readonly variant?: string;
  /** which repetition it is, from 1 on; undefined where there is but one */
  readonly repeat?: number;
}

/** `ipv6-flood/udp-66/route` is the case `udp-66/route` of the suite `ipv6-flood`. */
export function suiteAndCase(form: string): { readonly suite: string; readonly case?: string } {
  const slash = form.indexOf('/');
  return slash < 0 ? { suite: form } : { suite: form.slice(0, slash), case: form.slice(slash + 1) };
}

/**
 * All trials in the order in which they are carried out: each candidate with all its suites, and each of these with all variants and repetitions, so
 * that what is compared stands together. Kernels that are `interleaved` are compared with each other: each repetition of a suite goes through them all,
 * forth and back in turn (A B B A), so that what changes slowly on the machine beneath is shared out evenly. `kernels` are release strings, suites may
 * name a case.
 */
export function planTrials(asked: {
  readonly kernels: readonly string[];
  /** each with the suites that are run for it */
  readonly classes: readonly { readonly name: string; readonly suites: readonly string[] }[];
  readonly seeds: readonly number[];
  /** names of sets of tweaks, the untweaked one first; none where nothing is compared */
  readonly variants?: readonly string[];
  readonly repeats?: number;
  readonly interleaved?: boolean;
}): PlannedTrial[] {
  const many = { kernel: asked.kernels.length > 1, class: asked.classes.length > 1, seed: asked.seeds.length > 1 };
  const variants = asked.variants ?? [undefined];
  const repeats = (asked.repeats ?? 1) > 1 ? Array.from({ length: asked.repeats as number }, (_, index) => index + 1) : [undefined];
  const places = asked.kernels.map((_, place) => place);
  // whoever is not compared with the others has all of its trials before the next begins
  const turns = asked.interleaved === true ? [places] : places.map((place) => [place]);
  return turns.flatMap((turn) =>
    asked.classes.flatMap(({ name: className, suites }) =>
      suites.flatMap((suite) =>
        asked.seeds.flatMap((seed) =>
          repeats.flatMap((repeat = 1) =>
            (repeat % 2 === 1 ? turn : turn.toReversed()).flatMap((candidate) =>
              variants.map((variant) => ({
                // the same release may be asked for twice, so its place tells too
                name: [
                  suite.replaceAll('/', '.'),
                  ...(many.kernel ? [`k${candidate + 1}-${asked.kernels[candidate]}`] : []),
                  ...(many.class ? [className] : []),
                  ...(many.seed ? [`s${seed}`] : []),
                  ...(variant === undefined ? [] : [variant]),
                  ...(repeats.length > 1 ? [`r${repeat}`] : []),
                ]
                  .join('@')
                  .replaceAll(/[^\w.@+-]/g, '_'),
                candidate,
                className,
                ...suiteAndCase(suite),
                seed,
                ...(variant === undefined ? {} : { variant }),
                ...(repeats.length > 1 ? { repeat } : {}),
              })),
            ),
          ),
        ),
      ),
    ),
  );
}
