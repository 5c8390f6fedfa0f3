/** Who brought a storm over the others: zod schemas as in `model.ts`. Shares are of the work that all tenants of the pool had done, 0 to 1. */
import { z } from 'zod';

export const Culprit = z.object({
  tenant: z.string(),
  /** the machine that it is, or on which it runs */
  machine: z.string(),
  /** the name of its process with the most work; null where that had ended before anybody could ask for it */
  process: z.string().nullable(),
  /** of all its processes of that name */
  pids: z.array(z.int()),
  /** it is a thread of the kernel's own: no process was seen for which it could have worked */
  kernel: z.boolean().optional(),
  /** the device of the machine that carried its work; null where none can be told */
  device: z.string().nullable(),
  /** of the work while others suffered, and what it did when nobody suffered, of the same amount of work; null where that is not known */
  share: z.number(),
  quietShare: z.number().nullable(),
  /** of the device, on its behalf: reads, writes, discards and flushes */
  requests_per_s: z.number(),
  bytes_per_s: z.number(),
  /** the first and the last moment, and how many seconds between them, in which others suffered while it did more than a fair share */
  from_s: z.number(),
  to_s: z.number(),
  seconds: z.int(),
});
export type Culprit = z.infer<typeof Culprit>;

export const Culprits = z.object({
  /** those with the largest share first */
  accused: z.array(Culprit),
  /** all tenants, for how long each suffered, and its share while any did; null where that is not known */
  tenants: z.array(z.object({ tenant: z.string(), suffered_s: z.int(), share: z.number().nullable() })),
  /** seconds in which anybody suffered, and of these such in which every machine told of its I/O: on these alone the accusation rests */
  suffered_s: z.int(),
  told_s: z.int(),
  /** why nobody is accused */
  unexplained: z.string().optional(),
});
export type Culprits = z.infer<typeof Culprits>;
