/** What the engine's process is told on stdin, and what it answers on stdout: a JSON object each. */
import { z } from 'zod';

const Field = z.object({ at: z.int().min(0), bytes: z.union([z.literal(2), z.literal(4), z.literal(8)]) });
const Frame = z.object({
  /** base64 */
  bytes: z.string(),
  varied: z.array(Field),
  checksum: z.object({ at: z.int(), from: z.int(), protocol: z.int() }).optional(),
});

export const Job = z.object({
  /** the interface that the frames leave by, in this process's network namespace */
  device: z.string(),
  streams: z.array(z.object({ share: z.number().positive(), frames: z.array(Frame).min(1) })).min(1),
  load: z.array(
    z.object({ at_s: z.number().min(0), for_s: z.number().positive(), from_pps: z.number().min(0), to_pps: z.number().min(0) }),
  ),
  seed: z.int().min(0),
});
export type Job = z.infer<typeof Job>;

/** Counted here, where frames are handed to the kernel: what came of them only their receiver knows. */
export const Sent = z.object({ sent_packets: z.int(), sent_bytes: z.int(), asked_packets: z.int(), seconds: z.number() });
export type Sent = z.infer<typeof Sent>;
