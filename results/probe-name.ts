import { z } from 'zod';

/** `tenant` is the front network too, through the machine to the tenant behind it. */
export const ProbeName = z.enum(['network', 'tenant', 'storage', 'management']);
export type ProbeName = z.infer<typeof ProbeName>;
