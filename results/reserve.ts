/** What became of allocations that cannot wait, at each of several watermarks: a flood that allocates for its packets is the measure. */
import { z } from 'zod';

export const Reserve = z.array(
  z.object({
    machine: z.string(),
    /** those that the kernel chose itself */
    own: z.boolean(),
    /** of all zones that packets are taken from, in kB: below `min` an allocation that cannot wait may take but a part, at `low` reclaim begins */
    min_kB: z.number(),
    low_kB: z.number(),
    offered_packets: z.number(),
    /** `page allocation failure` in a console, and processes that were killed for their memory */
    failures: z.int(),
    kills: z.int(),
  }),
);
export type Reserve = z.infer<typeof Reserve>;
