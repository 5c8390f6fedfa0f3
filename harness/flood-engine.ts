/** Which engine floods: the first of the list that can do it on this host. Which it was, and why not another, is recorded. */
import { explain, InfraError } from '../results/errors.ts';
import type { Engine } from '../suites/engines/engine.ts';
import { FLOOD_ENGINES, type FloodEngineName, type FloodParams } from '../suites/engines/flood.ts';
import { ENGINES } from '../suites/engines/index.ts';
import type { Action } from '../suites/suite.ts';
import type { Site } from '../targets/target.ts';
import { aimOf } from './aim.ts';
import type { StormContext } from './storm.ts';

const ATTEMPT_LIMIT_S = 20;

/** What was found for a site, and among which: what a host can does not change while the site stands. */
const chosen = new WeakMap<Site, { readonly engine: Engine<FloodParams>; readonly among: readonly FloodEngineName[] }>();

/**
 * Tries the engines in their order, or `only` that one, for a flood that is one of so many `atOnce`; a fact in the history tells what came of it.
 * Throws InfraError where none can.
 */
export async function chooseFloodEngine(
  action: Extract<Action, { kind: 'flood' }>,
  { site, history, trial }: Pick<StormContext, 'site' | 'history' | 'trial'>,
  { only, atOnce = 1 }: { readonly only?: FloodEngineName | undefined; readonly atOnce?: number } = {},
): Promise<Engine<FloodParams>> {
  const aim = aimOf(site, action.on);
  const known = chosen.get(site);
  // another load may be more than the one that was found can make
  if (known !== undefined && (aim === undefined || known.engine.refuses?.(action.params, aim) === undefined)) return known.engine;
  const among = known?.among ?? (only === undefined ? FLOOD_ENGINES : [only]);
  const passed: string[] = [];
  for (const name of among) {
    const engine: Engine<FloodParams> = ENGINES[name];
    const attempt = aim === undefined ? undefined : engine.attempt?.(action.params, aim);
    const unable =
      engine.oneAtATime && atOnce > 1
        ? 'it makes one flood at a time'
        : aim === undefined
          ? undefined
          : engine.refuses?.(action.params, aim);
    const why = unable ?? (attempt === undefined ? undefined : await refused(site, action, attempt));
    if (why !== undefined) {
      passed.push(`${name}: ${why}`);
      continue;
    }
    chosen.set(site, { engine, among });
    history.write(trial, { k: 'fact', name: 'flood engine', value: [name, ...passed.map((each) => `not ${each}`)].join('; ') });
    return engine;
  }
  throw new InfraError(`no engine can flood here: ${passed.join('; ')}`);
}

async function refused(
  site: Site,
  { on }: Extract<Action, { kind: 'flood' }>,
  { argv, input }: { readonly argv: readonly string[]; readonly input?: string },
): Promise<string | undefined> {
  try {
    const job = site.networks[on.station].spawn(argv, { limit_s: ATTEMPT_LIMIT_S });
    job.stdout.resume();
    job.stdin?.end(input ?? '');
    const { code, stderr, timedOut } = await job.done;
    if (code === 0) return undefined;
    return timedOut ? `no answer in ${ATTEMPT_LIMIT_S} s` : stderr.split('\n').at(-1) || `exit ${code}`;
  } catch (error) {
    return explain(error);
  }
}
