/** The objectives that every suite shares: a host must not crash, hang, lose data or damage a file system, and must come back. */
import type { Objective, ProbeName } from '../results/model.ts';
import type { Profile } from './profiles.ts';

const STORAGE_ERRORS: Objective = { kind: 'no_event', name: 'no_storage_error', classes: ['storage'] };
const CLEAN: Objective = { kind: 'clean_file_system', name: 'no_file_system_damage' };

/**
 * `mayFail` names probes of what a storm takes away for good, as storage that answers with errors does with a file system: they must be back after a
 * reset at the latest, and what the kernel says of it, or marks in its file system, is told
 * and no failure. With `mayHang` it lasts longer than the hung-task timeout: tasks that hang meanwhile are told and no failure.
 */
export function commonObjectives(
  profile: Profile,
  probes: readonly ProbeName[],
  { mayFail = [], mayHang = false }: { readonly mayFail?: readonly ProbeName[]; readonly mayHang?: boolean } = {},
): Objective[] {
  const reset = mayFail.length > 0;
  return [
    { kind: 'no_event', name: 'no_crash', classes: ['crash'] },
    { kind: 'no_event', name: 'no_hang', classes: ['hang'], ...(mayHang ? { tolerates: ['hung_task'] } : {}) },
    { kind: 'no_event', name: 'no_memory_failure', classes: ['memory'] },
    ...(mayFail.includes('storage') ? [] : [STORAGE_ERRORS, CLEAN]),
    ...probes.map(
      (probe): Objective => ({
        kind: 'recovery',
        name: `${probe}_recovery_s`,
        probe,
        atMost_s: profile.recovery.atMost_s,
        ...(reset ? { resetAllowed: true } : {}),
      }),
    ),
    { kind: 'no_data_loss', name: 'no_data_loss' },
  ];
}
