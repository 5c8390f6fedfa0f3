/** The registry of probes. */
import type { ProbeName } from '../../results/model.ts';
import { management } from './management.ts';
import { network, tenant } from './network.ts';
import type { Probe } from './probe.ts';
import { storage } from './storage.ts';

export const PROBES: Readonly<Record<ProbeName, Probe>> = { network, tenant, storage, management };
