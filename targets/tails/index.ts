/** The registry of tails: add a server by one file and one line here. */
import { flexnbd } from './flexnbd.ts';
import { nbdServer } from './nbd-server.ts';
import { nbdkit } from './nbdkit.ts';
import { qemuStorageDaemon } from './qemu-storage-daemon.ts';
import type { TailKind } from './tail.ts';

export const TAILS = {
  nbdkit,
  'qemu-storage-daemon': qemuStorageDaemon,
  'nbd-server': nbdServer,
  flexnbd,
} as const satisfies Record<string, TailKind>;

export type TailName = keyof typeof TAILS;
