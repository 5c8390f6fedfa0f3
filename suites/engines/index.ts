/** The registry of engines: add one by a file, a line in `EngineParams` and a line in `ENGINES`. */
import type { Engine } from './engine.ts';
import { type FioParams, fio } from './fio.ts';
import { type TrafgenParams, trafgen } from './trafgen.ts';

export interface EngineParams {
  trafgen: TrafgenParams;
  fio: FioParams;
}
export type EngineName = keyof EngineParams;

export const ENGINES: { readonly [E in EngineName]: Engine<EngineParams[E]> } = { trafgen, fio };
