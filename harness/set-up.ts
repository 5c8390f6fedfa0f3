/** What is done to a trial's machines before they are measured, and what of it cannot be done: then the trial is skipped, or does without. */
import { explain, InfraError } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import { POLICIES } from '../suites/policies/index.ts';
import type { Policy } from '../suites/policies/policy.ts';
import { type Action, actionsIn, type SuitePlan } from '../suites/suite.ts';
import { type Application, nothingToTry } from '../suites/tweaks/apply.ts';
import type { Machine, Site } from '../targets/target.ts';
import { heldToTheEnd } from './judge/doubts.ts';
import { notTried } from './judge/rounds.ts';
import { carryOut } from './preparation.ts';
import { faultOf } from './storm.ts';

/** Ends a trial before it began, with the reason. */
export class Skipped extends Error {}

export interface SetUp {
  readonly history: History;
  readonly trial: string;
  readonly plan: SuitePlan;
  readonly tweaks: Application;
  /** it is one of several sets of tweaks, and to be compared with the untweaked host */
  readonly compared: boolean;
  /** what is started on a machine ends by itself after so long */
  readonly limit_s: number;
}

/** Does what the plan asks for on a machine, and then what tweaks it; a reset takes both away, and they are done again. Throws Skipped and InfraError. */
export async function prepare(machine: Machine, { history, trial, plan, tweaks, compared, limit_s }: SetUp): Promise<void> {
  const tell = (name: string, value: string) => history.write(trial, { k: 'fact', machine: machine.name, name, value });
  for (const step of (plan.prepare ?? []).filter(({ on }) => on === machine.name)) {
    const { why } = await carryOut(machine, step, limit_s);
    if (why !== undefined) throw new InfraError(`${machine.name}: cannot prepare "${step.name}": ${why}`);
    tell('prepared', step.name);
  }
  const told: string[] = [];
  for (const step of [...tweaks.prepare, ...tweaks.verify]) {
    const { why, said } = await carryOut(machine, step, limit_s);
    // a setting that this machine does not have is no failure of anybody
    if (why !== undefined) throw new Skipped(why);
    tell(step.name, said);
    told.push(said);
  }
  // to compare a host with itself is a waste; where nothing is compared, who asks for what there is already has it
  const nothing = compared ? nothingToTry(tweaks, told) : undefined;
  if (nothing !== undefined) throw new Skipped(nothing);
}

/** A tweak that did not hold through the storm was not tried. */
export async function proveTweaks(machine: Machine, { history, trial, tweaks, limit_s }: SetUp): Promise<void> {
  for (const step of tweaks.verify) {
    const { why } = await carryOut(machine, step, limit_s).catch((error) => ({ why: explain(error) }));
    const check = heldToTheEnd(step.name);
    history.write(trial, { k: 'armed', machine: machine.name, check, ok: why === undefined, detail: why ?? 'it holds' });
  }
}

/** A fault that cannot be done here is no failure of anybody. Throws Skipped. */
export async function refuseFaults(site: Site, { plan }: Pick<SetUp, 'plan'>): Promise<void> {
  for (const action of actionsIn(plan.schedule)) {
    if (action.kind !== 'fault') continue;
    const why = await faultOf(action).refuses?.(site, action.on, action.params);
    if (why !== undefined) throw new Skipped(`${action.fault}: ${why}`);
  }
}

/**
 * What of the schedule can be carried out: of policies that are compared one may not be had here, and its rounds are left out, and why is told. Throws
 * Skipped where none is left to be compared.
 */
export async function withoutRefused(site: Site, { history, trial, plan }: Pick<SetUp, 'history' | 'trial' | 'plan'>): Promise<Action[]> {
  const whys = new Map<string, string | undefined>();
  for (const action of plan.schedule) {
    if (action.kind !== 'round' || action.policy === undefined || whys.has(action.policy)) continue;
    const policy: Policy = POLICIES[action.policy];
    whys.set(action.policy, await policy.refuses(site, action.on, action.params));
  }
  const refused = [...whys].flatMap(([name, why]) => (why === undefined ? [] : [{ name, why }]));
  for (const { name, why } of refused) history.write(trial, { k: 'fact', name: notTried(name), value: why });
  if (refused.length > 0 && refused.length === whys.size) throw new Skipped(`${refused[0]?.name}: ${refused[0]?.why}`);
  const left = new Set<string>(refused.map(({ name }) => name));
  return plan.schedule.filter((action) => action.kind !== 'round' || action.policy === undefined || !left.has(action.policy));
}
