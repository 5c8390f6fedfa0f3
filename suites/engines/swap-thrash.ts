/** stress-ng(1) in a control group that has less memory than it writes to, so that the rest goes to a swap file on the tenant's disk, and comes back. */
import { InfraError } from '../../results/errors.ts';
import type { Engine } from './engine.ts';

export interface SwapThrashParams {
  /** it is there, as mkswap(8) leaves it */
  readonly swapFile: string;
  /** of the control group in which it runs, `/sys/fs/cgroup/…` */
  readonly group: string;
  readonly memory_MiB: number;
  readonly touched_MiB: number;
}

/** `$1` swap file, `$2` group, `$3` its memory, then the program. What it took is given back, however the program ends. */
const RUN = `
swapon "$1" && echo "$3" > "$2/memory.max" || exit
file=$1 group=$2; shift 3
"$@"; code=$?
echo max > "$group/memory.max"; swapoff "$file"
exit $code
`;

export const swapThrash: Engine<SwapThrashParams> = {
  name: 'swap-thrash',
  package: 'stress-ng',
  place: 'machine',
  command({ swapFile, group, memory_MiB, touched_MiB }, for_s) {
    const own = ['stress-ng', '--quiet', '--metrics', '--yaml', '/dev/stdout', '--timeout', String(for_s)];
    const touch = ['--vm', '1', '--vm-keep', '--vm-method', 'write64', '--vm-bytes', `${touched_MiB}m`];
    return { argv: ['sh', '-c', RUN, 'sh', swapFile, group, `${memory_MiB}M`, ...own, ...touch] };
  },
  figures(stdout) {
    if (stdout.trim() === '') return {};
    const rounds = /^\s*bogo-ops: (\d+)$/m.exec(stdout)?.[1];
    if (rounds === undefined) throw new InfraError('stress-ng printed no metrics');
    const rate = /^\s*bogo-ops-per-second-real-time: ([\d.]+)$/m.exec(stdout)?.[1] ?? 0;
    return { touches: Number(rounds), touches_per_s: Math.round(Number(rate)) };
  },
};
