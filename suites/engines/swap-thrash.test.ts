import { expect, it } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import { swapThrash } from './swap-thrash.ts';

/** From stress-ng 0.15.06; what is not read is left out. */
const CAPTURED = `---
system-info:
      pagesize: 4096

metrics:
    - stressor: vm
      bogo-ops: 5134
      bogo-ops-per-second-usr-sys-time: 11888.662468
      bogo-ops-per-second-real-time: 5101.249288
      wall-clock-time: 1.006420

...
`;

it('runs in less memory than it touches, for a bounded time', () => {
  const { argv } = swapThrash.command(
    { swapFile: '/mnt/disk/a/swap', group: '/sys/fs/cgroup/tenants/a', memory_MiB: 24, touched_MiB: 64 },
    9,
    undefined,
  );
  expect(argv.slice(3, 7)).toEqual(['sh', '/mnt/disk/a/swap', '/sys/fs/cgroup/tenants/a', '24M']);
  expect(argv.join(' ')).toContain('--timeout 9 --vm 1 --vm-keep --vm-method write64 --vm-bytes 64m');
});

it('tells how often it touched its memory, and makes nothing up', () => {
  expect(swapThrash.figures(CAPTURED)).toEqual({ touches: 5134, touches_per_s: 5101 });
  expect(swapThrash.figures('')).toEqual({});
  expect(() => swapThrash.figures('stress-ng: error: no such stressor\n')).toThrow(InfraError);
});
