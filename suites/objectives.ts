/** The objectives that every suite shares: a host must not crash, hang, lose data or damage a file system, and must come back. */
import type { Objective, ProbeName } from '../results/model.ts';
import type { Profile } from './profiles.ts';

export function commonObjectives(profile: Profile, probes: readonly ProbeName[]): Objective[] {
  return [
    { kind: 'no_event', name: 'no_crash', classes: ['crash'] },
    { kind: 'no_event', name: 'no_hang', classes: ['hang'] },
    { kind: 'no_event', name: 'no_memory_failure', classes: ['memory'] },
    { kind: 'no_event', name: 'no_storage_error', classes: ['storage'] },
    ...probes.map((probe): Objective => ({ kind: 'recovery', name: `${probe}_recovery_s`, probe, atMost_s: profile.recovery.atMost_s })),
    { kind: 'no_data_loss', name: 'no_data_loss' },
    { kind: 'clean_file_system', name: 'no_file_system_damage' },
  ];
}
