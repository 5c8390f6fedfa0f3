/** The registry of policies: add one by a line here, or in the tables that are spread into it. */
import { UsageError } from '../../results/errors.ts';
import type { Standing } from '../storm/tenants.ts';
import { BETWEEN_POLICIES } from './between.ts';
import { HEAD_POLICIES } from './head.ts';
import type { Policy } from './policy.ts';

export const POLICIES = { ...HEAD_POLICIES, ...BETWEEN_POLICIES } as const satisfies Record<string, Policy>;
export type PolicyName = keyof typeof POLICIES;

/** The first that cannot tell such tenants apart, in words; undefined where all can. */
export function foreignTo(standing: Standing, policies: readonly PolicyName[]): string | undefined {
  const foreign = policies.find((policy) => (POLICIES[policy] as Policy).of !== standing);
  return foreign === undefined ? undefined : `policy ${foreign} is for tenants that are ${POLICIES[foreign].of}`;
}

/** Words that stand for several: all of an axis, behind what they are compared with. */
export const AXES = {
  scheduler: ['none', 'mq-deadline', 'kyber', 'bfq', 'cfq'],
  control: ['none', 'io.max', 'bfq.weight', 'io.latency', 'iocost'],
  throttle: ['unlimited', 'qemu-throttle', 'tail-rate'],
} as const satisfies Record<string, readonly PolicyName[]>;

/** `none,bfq` or `scheduler`: names and axes with commas between, the first of them the reference. Throws UsageError. */
export function parsePolicies(list: string, nearest: (name: string, names: readonly string[]) => string): PolicyName[] {
  const names = list.split(',').flatMap((word): readonly PolicyName[] => {
    if (Object.hasOwn(AXES, word)) return AXES[word as keyof typeof AXES];
    if (Object.hasOwn(POLICIES, word)) return [word as PolicyName];
    const all = [...Object.keys(AXES), ...Object.keys(POLICIES)];
    throw new UsageError(`unknown policy "${word}"${nearest(word, all)}`);
  });
  return [...new Set(names)];
}
