/** Whether a trial's tails can be served on this machine. */
import { TAILS } from '../targets/tails/index.ts';
import type { TailKind } from '../targets/tails/tail.ts';
import type { TailPlan } from '../targets/target.ts';
import { type System, thisSystem } from './doctor/system.ts';
import { PROGRAMS } from './requirements.ts';

export const tailKindOf = ({ kind = 'nbdkit' }: TailPlan = {}): TailKind => TAILS[kind];

/** Why not, in a sentence for a `skip`; undefined where they can. */
export function whyNoTail(plan: TailPlan = {}, system: Pick<System, 'find'> = thisSystem): string | undefined {
  const { name, programs, logs, refuses } = tailKindOf(plan);
  const missing = programs.filter((program) => system.find(program === name ? (plan.program ?? program) : program) === undefined);
  if (missing.length > 0) return `tails cannot be served by ${name} here, there is no ${missing.map(packaged).join(', ')}`;
  // a disk of a size that every kind takes, under a name that every kind serves
  const asked = {
    backing: { kind: 'file', size_MiB: 1 },
    exportName: 'disk',
    log: logs && plan.log === true,
    failing: plan.failing,
  } as const;
  return refuses?.(asked);
}

const packaged = (program: string): string => {
  const row = PROGRAMS.find((each) => each.program === program);
  return row === undefined ? `${program}: put its binary in PATH, or name it in stormproof.yaml` : `${program} (package ${row.debian})`;
};
