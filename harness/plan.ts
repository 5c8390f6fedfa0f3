/** candidates x classes x suites x seeds -> trials; pure. */

export interface PlannedTrial {
  /** unique in the run, fit for a file name */
  readonly name: string;
  readonly candidate: number;
  readonly className: string;
  readonly suite: string;
  readonly seed: number;
}

/** All trials in the order in which they are carried out: each candidate with all its suites. `kernels` are release strings. */
export function planTrials(asked: {
  readonly kernels: readonly string[];
  readonly classes: readonly string[];
  readonly suites: readonly string[];
  readonly seeds: readonly number[];
}): PlannedTrial[] {
  const many = { kernel: asked.kernels.length > 1, class: asked.classes.length > 1, seed: asked.seeds.length > 1 };
  return asked.kernels.flatMap((kernel, candidate) =>
    asked.classes.flatMap((className) =>
      asked.suites.flatMap((suite) =>
        asked.seeds.map((seed) => ({
          // the same release may be asked for twice, so its place tells too
          name: [
            suite,
            ...(many.kernel ? [`k${candidate + 1}-${kernel}`] : []),
            ...(many.class ? [className] : []),
            ...(many.seed ? [`s${seed}`] : []),
          ]
            .join('@')
            .replaceAll(/[^\w.@+-]/g, '_'),
          candidate,
          className,
          suite,
          seed,
        })),
      ),
    ),
  );
}
