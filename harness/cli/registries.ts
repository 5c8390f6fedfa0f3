/** Everything that can be chosen, imported when a command needs it. */
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

export async function registries(): Promise<Registries> {
  const [{ SUITES }, { PROFILES, DEFAULT_PROFILE }, { CLASSES, DEFAULT_CLASS }, { SABOTAGES }] = await load();
  return {
    suites: Object.keys(SUITES),
    profiles: Object.keys(PROFILES),
    classes: Object.keys(CLASSES),
    sabotages: Object.keys(SABOTAGES),
    defaultProfile: DEFAULT_PROFILE,
    defaultClass: DEFAULT_CLASS,
  };
}
