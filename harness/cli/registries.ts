/** Everything that can be chosen, imported when a command needs it. */
import type { Suite } from '../../suites/suite.ts';
import type { Registries } from './request.ts';

export type Summaries = Readonly<Record<string, { readonly summary: string }>>;

/** One line about each thing that can be chosen, by name. */
export interface Catalogue {
  readonly suites: Summaries;
  readonly profiles: Summaries;
  readonly classes: Summaries;
  readonly sabotages: Summaries;
}

const load = () =>
  Promise.all([
    import('../../suites/index.ts'),
    import('../../suites/profiles.ts'),
    import('../../suites/classes.ts'),
    import('../sabotage.ts'),
  ]);

export async function catalogue(): Promise<Catalogue> {
  const [{ SUITES: suites }, { PROFILES: profiles }, { CLASSES: classes }, { SABOTAGES: sabotages }] = await load();
  return { suites, profiles, classes, sabotages };
}

/** Suite -> what can be asked for as `SUITE/CASE`, of those that have cases. */
export async function casesOf(): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const [{ SUITES }] = await load();
  return Object.fromEntries(
    Object.values<Suite>(SUITES).flatMap(({ name, cases }) =>
      cases === undefined
        ? []
        : [[name, Object.fromEntries(Object.entries(cases.all).map(([each, summary]) => [`${name}/${each}`, summary]))]],
    ),
  );
}

export async function registries(): Promise<Registries> {
  const [{ FORMS }, { PROFILES, DEFAULT_PROFILE }, { CLASSES, DEFAULT_CLASS }, { SABOTAGES }] = await load();
  return {
    suites: FORMS,
    profiles: Object.keys(PROFILES),
    classes: CLASSES,
    sabotages: Object.keys(SABOTAGES),
    defaultProfile: DEFAULT_PROFILE,
    defaultClass: DEFAULT_CLASS,
  };
}
