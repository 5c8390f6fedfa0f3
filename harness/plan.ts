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
}

/** `ipv6-flood/udp-66/route` is the case `udp-66/route` of the suite `ipv6-flood`. */
export function suiteAndCase(form: string): { readonly suite: string; readonly case?: string } {
  const slash = form.indexOf('/');
  return slash < 0 ? { suite: form } : { suite: form.slice(0, slash), case: form.slice(slash + 1) };
}

/**
 * All trials in the order in which they are carried out: each candidate with all its suites, and each of these with all variants, so that what
 * is compared stands together. `kernels` are release strings, suites may name a case.
 */
export function planTrials(asked: {
  readonly kernels: readonly string[];
  /** each with the suites that are run for it */
  readonly classes: readonly { readonly name: string; readonly suites: readonly string[] }[];
  readonly seeds: readonly number[];
  /** names of sets of tweaks, the untweaked one first; none where nothing is compared */
  readonly variants?: readonly string[];
}): PlannedTrial[] {
  const many = { kernel: asked.kernels.length > 1, class: asked.classes.length > 1, seed: asked.seeds.length > 1 };
  const variants = asked.variants ?? [undefined];
  return asked.kernels.flatMap((kernel, candidate) =>
    asked.classes.flatMap(({ name: className, suites }) =>
      suites.flatMap((suite) =>
        asked.seeds.flatMap((seed) =>
          variants.map((variant) => ({
            // the same release may be asked for twice, so its place tells too
            name: [
              suite.replaceAll('/', '.'),
              ...(many.kernel ? [`k${candidate + 1}-${kernel}`] : []),
              ...(many.class ? [className] : []),
              ...(many.seed ? [`s${seed}`] : []),
              ...(variant === undefined ? [] : [variant]),
            ]
              .join('@')
              .replaceAll(/[^\w.@+-]/g, '_'),
            candidate,
            className,
            ...suiteAndCase(suite),
            seed,
            ...(variant === undefined ? {} : { variant }),
          })),
        ),
      ),
    ),
  );
}
