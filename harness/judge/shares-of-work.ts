/**
 * Which process had how much of its machine's I/O, from accounts of devices and of processes. What a device did is certain, and who had it done is not:
 * a process's bytes count when it dirties them, the device's when they are written, by a thread of the kernel and with a journal beside. So the
 * device's work is divided among processes, by what each has asked for since the machine last had nothing left to write.
 */
import type { DeviceIo, ProcessIo } from '../../results/accounting.ts';
import { tenantOfGroup } from './account.ts';
import type { Of } from './evidence.ts';
import type { Span } from './suffering.ts';

/** What devices did: requests of all kinds, and bytes. */
export interface Work {
  readonly requests: number;
  readonly bytes: number;
}

/** What one process, or nobody who could be asked, had its machine's devices do in the time of one account. */
export interface Part extends Span, Work {
  /** undefined on a machine of several tenants, where the process had ended */
  readonly tenant: string | undefined;
  readonly machine: string;
  readonly process: Pick<ProcessIo, 'pid' | 'name' | 'kernel'> | undefined;
}

type Account = Of<'io'>;

/**
 * What is dirty for 30 s is written (vm.dirty_expire_centisecs, Documentation/admin-guide/sysctl/vm.rst), which takes its time; what still is not after
 * this was deleted before.
 */
const EXPIRES_S = 60;
/** What a system call dirties at least; a call that does less finds its page dirty, or goes to no disk at all. */
const PAGE = 4096;
/**
 * What a journal, its commits and copies on write make of a byte: of 4 KiB with an fsync ext4 makes 24 (measured). What is beyond it was done by
 * somebody who had ended before he could be asked.
 */
const MOST_FOR_A_BYTE = 16;
/** On others, of which their work is told already; or in memory. */
const STACKED = /^(dm-|md|bcache|zram|loop)/;

/** Devices at the bottom: without partitions, which are told with their disk, and without what stands on others. */
export function disksOf(devices: Account['devices']): [string, DeviceIo][] {
  const names = Object.keys(devices);
  // sda1 is of sda, nvme0n1p1 of nvme0n1, and nbd10 not of nbd1
  const isPart = (name: string) =>
    names.some((disk) => name.startsWith(disk) && (/\d$/.test(disk) ? /^p\d+$/ : /^\d+$/).test(name.slice(disk.length)));
  return Object.entries(devices).filter(([name]) => !STACKED.test(name) && !isPart(name));
}

export const workOf = ({ reads = 0, writes = 0, discards = 0, flushes = 0, read_bytes = 0, written_bytes = 0 }: DeviceIo): Work => ({
  requests: reads + writes + discards + flushes,
  bytes: read_bytes + written_bytes,
});

/** Whether tenants of a machine have control groups on it; else it is one itself. */
export const isShared = (accounts: readonly Account[]): boolean =>
  accounts.some(({ machine, processes }) => processes.some(({ group }) => tenantOfGroup(group, machine) !== machine));

/** The accounts of one machine, in order, as parts; those of one account add up to what the machine's disks did in its time. */
export function partsOf(machine: string, accounts: readonly Account[]): Part[] {
  const shared = isShared(accounts);
  let since: Account[] = [];
  return accounts.flatMap((account) => {
    const disks = disksOf(account.devices).map(([, io]) => io);
    const sum = (pick: (io: DeviceIo) => number | undefined) => disks.reduce((total, io) => total + (pick(io) ?? 0), 0);
    const span = { machine, from: account.t - account.for_s, to: account.t };
    since = [...since.filter(({ t }) => t > account.t - EXPIRES_S), account];
    const written = {
      requests: sum((io) => (io.writes ?? 0) + (io.flushes ?? 0) + (io.discards ?? 0)),
      bytes: sum((io) => io.written_bytes),
    };
    const read = { requests: sum((io) => io.reads), bytes: sum((io) => io.read_bytes) };
    const parts = [
      ...divide(
        written,
        since.flatMap(({ processes }) => processes.map((each) => askedBy(each, each.write_calls, each.written_bytes))),
      ),
      ...divide(
        read,
        account.processes.map((each) => askedBy(each, each.read_calls, each.read_bytes)),
      ),
    ].map(({ process, ...work }) => ({
      ...{ ...span, ...work, process },
      tenant: process === undefined ? (shared ? undefined : machine) : tenantOfGroup(process.group, machine),
    }));
    if (unwrittenIn(since) <= 0) since = [];
    return parts;
  });
}

interface Asked extends Work {
  readonly process: ProcessIo;
}

/** A call that moves no page, as one to a pipe, is no request. */
const askedBy = (process: ProcessIo, calls = 0, bytes = 0): Asked => ({ process, bytes, requests: Math.min(calls, bytes / PAGE) });

/** Work among those who asked for it: bytes by bytes, requests by requests; threads of the kernel count where nobody else asked. */
function divide(work: Work, asked: readonly Asked[]): (Work & { readonly process: ProcessIo | undefined })[] {
  const wanted = asked.filter(({ bytes }) => bytes > 0);
  const users = wanted.filter(({ process }) => process.kernel === undefined);
  const owners = users.length > 0 ? users : wanted;
  const total = { bytes: sumOf(owners, 'bytes'), requests: sumOf(owners, 'requests') };
  const explained = work.bytes === 0 ? Number(total.bytes > 0) : Math.min(1, (MOST_FOR_A_BYTE * total.bytes) / work.bytes);
  return [
    ...owners.map(({ process, bytes, requests }) => ({
      process,
      bytes: explained * work.bytes * (bytes / total.bytes),
      requests: explained * work.requests * (total.requests === 0 ? bytes / total.bytes : requests / total.requests),
    })),
    { process: undefined, bytes: (1 - explained) * work.bytes, requests: (1 - explained) * work.requests },
  ].filter(({ bytes, requests }) => bytes > 0 || requests > 0);
}

const sumOf = (all: readonly Work[], what: keyof Work): number => all.reduce((sum, each) => sum + each[what], 0);

/** What was dirtied in that time and not yet written; below zero where a journal was written beside it. */
function unwrittenIn(accounts: readonly Account[]): number {
  const dirtied = accounts
    .flatMap(({ processes }) => processes)
    .reduce((sum, { written_bytes = 0, kernel }) => sum + (kernel ? 0 : written_bytes), 0);
  const written = accounts.flatMap(({ devices }) => disksOf(devices)).reduce((sum, [, { written_bytes = 0 }]) => sum + written_bytes, 0);
  return dirtied - written;
}
