/** Who shares a pool, and where each stands: a machine of its own, or a control group of a head, as a hypervisor has one for each VM. */
import type { Preparation } from '../flood/vector.ts';
import { MOUNTED_AT } from '../probes/storage.ts';
import type { Place } from './shapes.ts';

export const STANDINGS = ['machines', 'groups'] as const;
export type Standing = (typeof STANDINGS)[number];

/** Of each kind. */
export const MOST_TENANTS = 8;

export interface Tenant {
  readonly name: string;
  readonly storms: boolean;
}

/** The head of tenants that are control groups, and the group above theirs. */
export const HEAD = 'head';
export const GROUPS = 'tenants';
export const CGROUPS_AT = '/sys/fs/cgroup';
/** Of each tenant's file. */
const FILE_MiB = 4;

/** `stormer` and `victim`; of several of a kind each has a number. */
export function tenantsOf({ stormers, victims }: { readonly stormers: number; readonly victims: number }): Tenant[] {
  const named = (name: string, count: number, storms: boolean): Tenant[] =>
    Array.from({ length: count }, (_, index) => ({ name: count === 1 ? name : `${name}${index + 1}`, storms }));
  return [...named('stormer', stormers, true), ...named('victim', victims, false)];
}

export const groupOf = (tenant: string): string => `${CGROUPS_AT}/${GROUPS}/${tenant}`;

export function placeOf(tenant: string): Place {
  const directory = `${MOUNTED_AT}/${tenant}`;
  return { directory, file: `${directory}/disk`, group: groupOf(tenant) };
}

/** What a machine needs before these tenants can work on it, each in a control group of its own where they are `grouped`. A control group's limits are set by what is compared, not here. */
export function preparationOf(tenants: readonly string[], grouped: boolean): Preparation[] {
  const groups = tenants.map(groupOf).join(' ');
  const hand = (group: string) => `echo '+io +memory' > ${group}/cgroup.subtree_control`;
  return [
    ...(grouped
      ? [
          {
            name: 'control groups of tenants',
            argv: [
              'sh',
              '-ec',
              `mountpoint -q ${CGROUPS_AT} || mount -t cgroup2 none ${CGROUPS_AT}; ${hand(CGROUPS_AT)}; mkdir -p ${groups}; ${hand(`${CGROUPS_AT}/${GROUPS}`)}`,
            ],
          },
        ]
      : []),
    ...tenants.map((tenant) => {
      const { directory, file } = placeOf(tenant);
      return {
        name: `the file of ${tenant}`,
        argv: ['sh', '-ec', `mkdir -p ${directory}; dd if=/dev/zero of=${file} bs=1M count=${FILE_MiB} conv=fsync 2>/dev/null`],
      };
    }),
  ];
}
