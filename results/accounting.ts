/** I/O of a machine, by device and by process, over one short interval. Zod schemas as in `model.ts`; a figure that is missing is 0. */
import { z } from 'zod';

const count = z.int().min(0).optional();

/** Of a block device, as the kernel counts it (Documentation/admin-guide/iostats.rst). */
export const DeviceIo = z.object({
  reads: count,
  read_bytes: count,
  writes: count,
  written_bytes: count,
  discards: count,
  flushes: count,
  /** milliseconds in which it had a request */
  busy_ms: count,
});
export type DeviceIo = z.infer<typeof DeviceIo>;

/** Of a process (Documentation/filesystems/proc.rst, /proc/PID/io): system calls, and bytes that went to a device or will. */
export const ProcessIo = z.object({
  pid: z.int(),
  name: z.string(),
  /** its control group, `tenants/victim`; empty for the root's, or where there is none */
  group: z.string(),
  /** a thread of the kernel's own: what it writes others have dirtied */
  kernel: z.literal(true).optional(),
  read_calls: count,
  write_calls: count,
  read_bytes: count,
  written_bytes: count,
});
export type ProcessIo = z.infer<typeof ProcessIo>;

export const IoAccount = z.object({
  for_s: z.number().positive(),
  devices: z.record(z.string(), DeviceIo),
  /** those with the most bytes, the largest first */
  processes: z.array(ProcessIo),
});
export type IoAccount = z.infer<typeof IoAccount>;
