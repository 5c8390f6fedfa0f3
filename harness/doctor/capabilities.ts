/** What no package brings: rights, devices, room. */

import { gibText } from '../../results/memory.ts';
import type { Finding } from '../doctor.ts';
import type { System } from './system.ts';

const GIB = 2 ** 30;
const LEAST_DISK_BYTES = 2 * GIB;
const TRY_LIMIT_S = 10;

type Check = (system: System) => Promise<Finding> | Finding;

const CHECKS: readonly Check[] = [namespaces, tun, kvm, disk, memory];

export async function examineCapabilities(system: System): Promise<Finding[]> {
  return Promise.all(CHECKS.map((check) => check(system)));
}

/** Root may lack the right too: a container without CAP_SYS_ADMIN. So it is tried. */
async function namespaces(system: System): Promise<Finding> {
  const unshare = system.find('unshare');
  const argv = system.uid === 0 ? ['-n', 'true'] : ['-Urn', 'true'];
  const found = { name: 'network namespaces', need: 'required' } as const;
  if (unshare === undefined) return { ...found, ok: false, detail: 'cannot be tried without unshare' };
  const { ok, output } = await system.run([unshare, ...argv], TRY_LIMIT_S);
  const how = system.uid === 0 ? 'as root' : 'in a user namespace';
  return ok ? { ...found, ok, detail: how } : { ...found, ok, detail: `not ${how}: ${output.trim().split('\n').at(-1) ?? ''}` };
}

function tun(system: System): Finding {
  const error = system.openError('/dev/net/tun');
  const detail =
    error === undefined ? 'can be opened' : `${error}: machines cannot be attached to networks (modprobe tun, or let this user open it)`;
  return { name: '/dev/net/tun', need: 'required', ok: error === undefined, detail };
}

function kvm(system: System): Finding {
  const error = system.openError('/dev/kvm');
  const detail =
    error === undefined ? 'can be opened; a trial boot decides whether it works' : `${error}: machines run under TCG, several times slower`;
  return { name: '/dev/kvm', need: 'optional', ok: error === undefined, detail };
}

function disk(system: System): Finding {
  const free = system.freeBytes(system.cacheDir);
  return {
    name: 'free disk',
    need: 'required',
    ok: free >= LEAST_DISK_BYTES,
    detail: `${gib(free)} in ${system.cacheDir}, ${gib(LEAST_DISK_BYTES)} are needed`,
  };
}

/** As it is held against a class before that is certified. */
async function memory(system: System): Promise<Finding> {
  const { leastRoom_MiB } = await import('../class-cost.ts');
  const { free_MiB, limitedBy } = system.memoryRoom();
  const least_MiB = leastRoom_MiB();
  const detail = `${gibText(Math.max(0, free_MiB))} (${limitedBy}), ${gibText(least_MiB)} are needed for the smallest class`;
  return { name: 'free memory', need: 'optional', ok: free_MiB >= least_MiB, detail };
}

const gib = (bytes: number): string => gibText(bytes / 2 ** 20);
