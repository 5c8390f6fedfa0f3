/** Policies of whoever stands between tenants that are machines and their pool: QEMU, and the tails. */
import { machineOf } from '../faults/fault.ts';
import type { Policy, PoolParams } from './policy.ts';

/** What is left to all storms together. */
const CAPPED = 0.5;
const BLOCK_bytes = 4096;

const share_bps = ({ rate_bps, stormers }: PoolParams): number => Math.round((rate_bps * CAPPED) / Math.max(1, stormers.length));

export const BETWEEN_POLICIES = {
  unlimited: {
    summary: 'nobody is held back',
    axis: 'throttle',
    of: 'machines',
    refuses: async () => undefined,
    apply: async () => undefined,
    undo: async () => undefined,
  },
  'qemu-throttle': {
    summary: `QEMU's throttle group holds storming tenants to ${100 * CAPPED} % of the pool`,
    axis: 'throttle',
    of: 'machines',
    async refuses(site, _on, { stormers }) {
      return stormers.every((name) => machineOf(site, name).limitDisk !== undefined) ? undefined : 'no QEMU serves their disks';
    },
    async apply(site, _on, pool) {
      const bytes_per_s = Math.round(share_bps(pool) / 8);
      const limit = { bytes_per_s, requests_per_s: Math.max(1, Math.round(bytes_per_s / BLOCK_bytes)) };
      for (const name of pool.stormers) await machineOf(site, name).limitDisk?.(limit);
    },
    async undo(site, _on, { stormers }) {
      for (const name of stormers) await machineOf(site, name).limitDisk?.(undefined);
    },
  },
  'tail-rate': {
    summary: `the tails of storming tenants carry no more than ${100 * CAPPED} % of the pool`,
    axis: 'throttle',
    of: 'machines',
    async refuses(site, _on, pool) {
      const whys = pool.stormers.map((name) => site.tailOf(name).refuses({ kind: 'rate', rate_bps: share_bps(pool) }));
      return whys.find((why) => why !== undefined);
    },
    async apply(site, _on, pool) {
      for (const name of pool.stormers) await site.tailOf(name).inject({ kind: 'rate', rate_bps: share_bps(pool) });
    },
    async undo(site, _on, { stormers }) {
      for (const name of stormers) await site.tailOf(name).heal('rate');
    },
  },
} as const satisfies Record<string, Policy>;
