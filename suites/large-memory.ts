/**
 * Large memory: what changes with a host's size. A case for each thing that its kernel does with memory: initialise it, cache in it, write from it,
 * reclaim, compact, collapse, migrate and lose it; and a flood while there is almost none left for the packets.
 */
import { UsageError } from '../results/errors.ts';
import type { Objective } from '../results/model.ts';
import { emptyHeadOf, type HostClass, headOf } from './classes.ts';
import { SHAPES } from './flood/shapes.ts';
import { lineRate_pps } from './flood/sizes.ts';
import { MEMORY_CASES, type MemoryCase, USUAL } from './memory/cases.ts';
import { EMPTY_TOUCHED_MiB, FILLED, fillTime_s, reclaimGap_MiB } from './memory/fill.ts';
import { type MemoryWork, shortArgs, WORKS } from './memory/works.ts';
import { commonObjectives } from './objectives.ts';
import type { Profile } from './profiles.ts';
import { DISK_MiB } from './storage-settings.ts';
import type { Action, SingleAction, Suite } from './suite.ts';

const PROBES = ['network', 'storage', 'management'] as const;
const HEAD = 'head';

export const largeMemory: Suite = {
  name: 'large-memory',
  summary: "what changes with a host's memory: boot, reclaim, writeback, allocations that cannot wait, huge pages, nodes",
  seat: 'head',
  cases: {
    all: Object.fromEntries(Object.entries(MEMORY_CASES).map(([name, { summary }]) => [name, summary])),
    usual: ({ memory }) => USUAL[memory],
  },
  plan(size, profile, seed, name = 'boot') {
    const found: MemoryCase | undefined = MEMORY_CASES[name as keyof typeof MEMORY_CASES];
    if (found === undefined) throw new UsageError(`large-memory has no case "${name}"`);
    const { filled, nodes = 1, disk_MiB = DISK_MiB } = found;
    const unused_MiB = FILLED[filled](size);
    const lowered = found.lowered !== undefined;
    const storm_s = (filled === 'tight' ? fillTime_s(size) : 0) + profile.storm_s;
    return {
      topology: {
        machines: [
          {
            ...(unused_MiB === undefined ? emptyHeadOf(size) : headOf(size, unused_MiB)),
            nodes: Math.max(nodes, size.nodes),
            touched_MiB: unused_MiB ?? EMPTY_TOUCHED_MiB,
            disk: { attach: 'kernel', size_MiB: disk_MiB },
          },
        ],
        storeRate_bps: size.storeRate_bps,
      },
      probes: { [HEAD]: PROBES },
      schedule: lowered ? stepsOf(found, size, profile, seed) : [stormOf(found, size, storm_s), ...floodOf(found, size, profile, seed)],
      objectives: [
        ...commonObjectives(profile, PROBES).map((each) => excused(each, found)),
        // a flood alone may drown an emulated host, and one that panicked gives no answer
        ...(lowered || found.work === undefined ? [] : boundsOf(size)),
        proofOf(found),
        ...(lowered ? [FULL] : []),
      ],
    };
  },
};

function stormOf({ work }: MemoryCase, size: HostClass, for_s: number): Action {
  if (work === undefined) return { at_s: PANIC_AT_S, for_s: PANIC_FOR_S, kind: 'fault', fault: 'panic', on: HEAD };
  const args = (WORKS[work] as MemoryWork).args?.(size) ?? [];
  return { at_s: 0, for_s, kind: 'engine', engine: 'memory-work', on: { machine: HEAD }, params: { work, args } };
}

/** Once what is free lies in pieces. */
function floodOf({ floods }: MemoryCase, size: HostClass, { storm_s }: Profile, seed: number): Action[] {
  if (floods === undefined) return [];
  const load = SHAPES.sustained({ peak_pps: Math.min(lineRate_pps(size.linkRate_bps, FRAME_BYTES), LOW_PPS), for_s: storm_s, seed });
  return [
    {
      at_s: fillTime_s(size),
      for_s: storm_s,
      kind: 'flood',
      on: { station: 'front', to: HEAD, at: 'to' },
      params: { vector: 'udp-1518', load, seed },
    },
  ];
}

/** Probes are under way by then; its last words are told while that is still what it is to do. */
const PANIC_AT_S = 1;
const PANIC_FOR_S = 5;

/** What a case does on purpose is told and no failure, and no more than that. */
function excused(objective: Objective, { work, brings, lowered }: MemoryCase): Objective {
  if (work === undefined && objective.kind === 'recovery') return { ...objective, resetAllowed: true };
  if (objective.kind !== 'no_event') return objective;
  if (work === undefined && objective.classes.includes('crash')) return { ...objective, exceptDuring: 'panic' };
  if (!objective.classes.includes('memory')) return objective;
  return {
    ...objective,
    ...(brings === undefined ? {} : { tolerates: [...brings] }),
    ...(lowered === undefined ? {} : { exceptDuring: 'watermarks' }),
  };
}

/**
 * A step at the watermarks that the kernel has chosen, and one at each of those that are lowered: what is free is used up, and then packets come in. Each
 * begins with a host that has given all of that back.
 */
function stepsOf({ lowered = [] }: MemoryCase, size: HostClass, { flood_s }: Profile, seed: number): Action[] {
  const line_pps = lineRate_pps(size.linkRate_bps, FRAME_BYTES);
  const load = SHAPES.sustained({ peak_pps: Math.min(line_pps, LOAD_PPS), for_s: flood_s, seed });
  const fill_s = fillTime_s(size);
  const held_bytes = Math.round(HELD * reclaimGap_MiB(size) * 2 ** 20);
  const [work, flood, whole] = [
    { at_s: MARGIN_S, for_s: fill_s + flood_s + MARGIN_S },
    { at_s: MARGIN_S + fill_s, for_s: flood_s },
    { at_s: 0, for_s: fill_s + flood_s + 3 * MARGIN_S },
  ];
  return [undefined, ...lowered].map((step, index): Action => {
    const faults: SingleAction[] =
      step === undefined
        ? []
        : [
            {
              ...whole,
              kind: 'fault',
              fault: 'watermarks',
              on: HEAD,
              params: step,
            },
          ];
    return {
      at_s: index * (whole.for_s + MARGIN_S),
      for_s: whole.for_s,
      kind: 'step',
      during: [
        ...faults,
        {
          ...work,
          kind: 'engine',
          engine: 'memory-work',
          on: { machine: HEAD },
          params: { work: 'short', args: shortArgs(held_bytes, fill_s) },
        },
        { ...flood, kind: 'flood', on: { station: 'front', to: HEAD, at: 'to' }, params: { vector: 'udp-1518', load, seed } },
      ],
    };
  });
}

/**
 * Of what lies between the low and the min watermarks of the kernel's own choice, so much is taken by packets that wait. Below min others starve, and a kernel raises
 * that for a while where memory is in pieces (mm/page_alloc.c, boost_watermark()).
 */
const HELD = 0.25;
const FRAME_BYTES = 1518;
/** What an emulated host takes and a real one does not notice: some 40 MB/s of memory, as long as nobody reads it. */
const LOAD_PPS = 20_000;
/** What even an emulated host carries beside its other work. */
const LOW_PPS = 2000;
const MARGIN_S = 2;
/** What a host of that size has to keep to while its memory is short. */
function boundsOf({ bounds }: HostClass): Objective[] {
  return [
    { kind: 'boot', name: 'boot_s', machine: HEAD, atMost_s: bounds.boot_s },
    { kind: 'stall', name: 'network_stall_s', probe: 'network', machine: HEAD, atMost_s: bounds.stall_s },
    { kind: 'stall', name: 'management_stall_s', probe: 'management', machine: HEAD, atMost_s: bounds.stall_s },
    { kind: 'latency', name: 'management_p90_ms', probe: 'management', machine: HEAD, percentile: 90, atMost_ms: bounds.latency_ms },
  ];
}

/** Of every step: packets that come to a host with memory left prove nothing. */
const FULL: Objective = {
  kind: 'effect',
  name: 'memory_full',
  evidence: { of: 'engine', engine: 'memory-work', figure: 'full', every: true, atLeast: 1 },
};

function proofOf({ proof }: MemoryCase): Objective {
  const evidence =
    'measure' in proof
      ? ({ of: 'measure', machine: HEAD, measure: proof.measure, atLeast: proof.atLeast } as const)
      : 'figure' in proof
        ? ({ of: 'engine', engine: 'memory-work', figure: proof.figure, atLeast: proof.atLeast } as const)
        : ({ of: proof.of ?? 'counter', machine: HEAD, counter: proof.counter, atLeast: proof.atLeast } as const);
  return { kind: 'effect', name: 'memory_stirred', evidence };
}
