/** The registry of engines: add one by a file and a line here. */
import type { Engine } from './engine.ts';
import { fio } from './fio.ts';
import { iperf3 } from './iperf3.ts';
import { memoryWork } from './memory-work.ts';
import { pktgen } from './pktgen.ts';
import { swapThrash } from './swap-thrash.ts';
import { trafgen } from './trafgen.ts';
import { trex } from './trex.ts';
import { xdpFrames } from './xdp-frames/index.ts';

export const ENGINES = {
  'xdp-frames': xdpFrames,
  pktgen,
  trafgen,
  trex,
  iperf3,
  'memory-work': memoryWork,
  fio,
  'swap-thrash': swapThrash,
} as const;

export type EngineName = keyof typeof ENGINES;
/** What each engine wants to be told. */
export type EngineParams = { [E in EngineName]: (typeof ENGINES)[E] extends Engine<infer Params> ? Params : never };
