/** What a machine's kernel says of its memory, read over its management. */
import { InfraError } from '../results/errors.ts';
import type { MemoryState } from '../results/memory.ts';
import type { Channel } from '../targets/target.ts';

const COMMAND_LIMIT_S = 30;

/** Each file under a line `=== PATH`, by one program, since starting one takes a hundredth of a second on an emulated machine. */
const PRINT = `tail -v -n +1 /proc/meminfo /proc/buddyinfo /proc/zoneinfo /proc/vmstat /proc/sys/vm/min_free_kbytes /sys/devices/system/node/node[0-9]*/meminfo /sys/devices/system/node/node[0-9]*/cpulist 2>/dev/null | sed 's/^==> \\(.*\\) <==$/=== \\1/'`;

/** Throws InfraError where the machine cannot be reached or does not tell. */
export async function readMemory(channel: Channel): Promise<MemoryState> {
  const { stdout } = await channel.run(['sh', '-c', PRINT], { limit_s: COMMAND_LIMIT_S });
  return parseMemory(stdout);
}

/** Pure part of `readMemory`. Throws InfraError for a text without its total or its zones: then it is none. */
export function parseMemory(text: string): MemoryState {
  const files = new Map(
    text.split(/^=== /m).map((section): [string, string] => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end + 1)];
    }),
  );
  const meminfo = files.get('/proc/meminfo') ?? '';
  const vmstat = files.get('/proc/vmstat') ?? '';
  const zones = zonesOf(files.get('/proc/zoneinfo') ?? '', files.get('/proc/buddyinfo') ?? '');
  const total_kB = figure(meminfo, 'MemTotal:');
  if (total_kB === undefined || zones.length === 0) throw new InfraError('the machine did not tell its memory');
  return {
    total_kB,
    free_kB: figure(meminfo, 'MemFree:') ?? 0,
    available_kB: figure(meminfo, 'MemAvailable:') ?? 0,
    ballast_kB: figure(meminfo, 'Hugetlb:') ?? 0,
    minFree_kB: Number.parseInt(files.get('/proc/sys/vm/min_free_kbytes') ?? '', 10) || 0,
    dirty_pages: figure(vmstat, 'nr_dirty_threshold') ?? 0,
    dirtyBackground_pages: figure(vmstat, 'nr_dirty_background_threshold') ?? 0,
    nodes: nodesOf(files),
    zones,
  };
}

/** `NAME 17` and `NAME 17 kB`, alone on a line but for what stands before it. */
const figure = (text: string, name: string): number | undefined => {
  const found = new RegExp(`(?:^|\\s)${name} +(\\d+)(?: kB)?$`, 'm').exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

function nodesOf(files: ReadonlyMap<string, string>): MemoryState['nodes'] {
  return [...files].flatMap(([path, text]) => {
    const node = /\/node(\d+)\/meminfo$/.exec(path)?.[1];
    if (node === undefined) return [];
    const cpus = files.get(path.replace('meminfo', 'cpulist'))?.trim() ?? '';
    return [{ node: Number(node), total_kB: figure(text, 'MemTotal:') ?? 0, free_kB: figure(text, 'MemFree:') ?? 0, cpus }];
  });
}

/** mm/vmstat.c, zoneinfo_show_print(): a heading for each zone, then its pages; those of a zone without any are left out. */
function zonesOf(text: string, blocks: string): MemoryState['zones'] {
  return text.split(/^(?=Node \d+, zone)/m).flatMap((section) => {
    const [, node, zone] = /^Node (\d+), zone +(\w+)/.exec(section) ?? [];
    const managed_pages = figure(section, 'managed') ?? 0;
    if (node === undefined || zone === undefined || managed_pages === 0) return [];
    const pages = (name: string) => figure(section, name) ?? 0;
    return [
      {
        node: Number(node),
        zone,
        managed_pages,
        free_pages: pages('pages free'),
        min_pages: pages('min'),
        low_pages: pages('low'),
        high_pages: pages('high'),
        ...freeBlocksOf(blocks, node, zone),
      },
    ];
  });
}

/** mm/vmstat.c, frag_show_print(): `Node 0, zone   Normal  2  2  2 …`, a column for each order. */
function freeBlocksOf(text: string, node: string, zone: string): { freeBlocks?: number[] } {
  const columns = new RegExp(`^Node ${node}, zone +${zone} +([\\d ]+)$`, 'm').exec(text)?.[1];
  return columns === undefined ? {} : { freeBlocks: columns.trim().split(/ +/).map(Number) };
}
