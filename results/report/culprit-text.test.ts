import { expect, it } from 'vitest';
import type { Culprits } from '../culprit.ts';
import type { TrialResult } from '../model.ts';
import { culpritTexts } from './culprit-text.ts';

const texts = (culprits: Culprits) => culpritTexts({ culprits } as TrialResult);

const stormer = {
  ...{ tenant: 'stormer', machine: 'stormer', process: 'fio', pids: [412], device: 'vda' },
  ...{ share: 0.9342, quietShare: 0.0207, requests_per_s: 1450, bytes_per_s: 5_939_200, from_s: 38, to_s: 58, seconds: 20 },
};
const tenants = [
  { tenant: 'stormer', suffered_s: 0, share: 0.9342 },
  { tenant: 'victim', suffered_s: 20, share: 0.0658 },
];
const known = { suffered_s: 20, told_s: 20 };

it('names tenant, process and device, what they did of all, and who bore it', () => {
  expect(texts({ accused: [stormer], tenants, ...known })).toEqual([
    "stormer: fio (pid 412) on vda did 93 % of the pool's work in 20 s of the storm (when nobody suffered: 2.1 %), 1450 requests/s, 5.9 MB/s",
    'victim: 6.6 %, suffered for 20 s',
  ]);
  expect(culpritTexts({} as TrialResult)).toEqual([]);
});

it('says where a tenant has no machine of its own, what no process did, and what is not known', () => {
  const onHead = { ...stormer, machine: 'head', pids: [1, 2, 3, 4], quietShare: null, bytes_per_s: 81_920 };
  const kernel = { ...stormer, process: 'md0_resync', kernel: true };
  const ended = { ...stormer, process: null, pids: [], device: null };
  const lines = texts({ accused: [onHead, kernel, ended], tenants: tenants.slice(0, 1), suffered_s: 30, told_s: 20 });
  expect(lines).toEqual([
    "stormer: fio (pid 1, 2, 3 …) on vda of head did 93 % of the pool's work in 20 s of the storm, 1450 requests/s, 0.08 MB/s",
    "stormer: nothing but md0_resync (pid 412), a thread of the kernel, on vda did 93 % of the pool's work in 20 s of the storm (when nobody suffered: 2.1 %), 1450 requests/s, 5.9 MB/s",
    "stormer: a process that had ended did 93 % of the pool's work in 20 s of the storm (when nobody suffered: 2.1 %), 1450 requests/s, 5.9 MB/s",
    'known of 20 of the 30 s in which somebody suffered: in the others not every machine told of its I/O',
  ]);
});

it('says why nobody is accused', () => {
  const even = tenants.map((each) => ({ ...each, suffered_s: 20, share: 0.5 }));
  expect(texts({ accused: [], tenants: even, ...known, unexplained: 'nobody stands out' })).toEqual([
    'nobody is accused: nobody stands out',
    'stormer: 50 %, suffered for 20 s; victim: 50 %, suffered for 20 s',
  ]);
  const nothing = tenants.map((each) => ({ ...each, suffered_s: 0, share: null }));
  expect(texts({ accused: [], tenants: nothing, suffered_s: 0, told_s: 0, unexplained: 'nobody suffered' })).toEqual([
    'nobody is accused: nobody suffered',
  ]);
});
