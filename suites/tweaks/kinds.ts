/**
 * The registry of tweaks: add one by an entry. Tweaks are applied in this order: a module must be there before its settings, and what changes
 * the queues of the card comes before what is set for each queue.
 */
import { bootParameter } from './boot.ts';
import { CARD } from './card.ts';
import { ETHTOOL } from './ethtool.ts';
import { moduleParameter } from './module.ts';
import { notrack } from './netfilter.ts';
import { QUEUEING } from './queues.ts';
import { sysctl } from './sysctl.ts';
import type { Kind } from './tweak.ts';

export const KINDS = {
  boot: bootParameter,
  module: moduleParameter,
  sysctl,
  ...ETHTOOL,
  ...CARD,
  ...QUEUEING,
  notrack,
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;
