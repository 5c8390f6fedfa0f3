/** What stirs up a host's memory: scripts that run inside it (suites/memory/works.ts). */
import { WORKS, type WorkName } from '../memory/works.ts';
import type { Engine } from './engine.ts';

export interface MemoryWorkParams {
  readonly work: WorkName;
  /** the script's own, after the time */
  readonly args: readonly string[];
}

export const memoryWork: Engine<MemoryWorkParams> = {
  name: 'memory-work',
  package: 'stress-ng',
  place: 'machine',
  command: ({ work, args }, for_s) => ({ argv: ['sh', '-c', WORKS[work].script, 'sh', String(for_s), ...args] }),
  figures: (stdout) =>
    Object.fromEntries([...stdout.matchAll(/^([a-z][\w-]*) (\d+(?:\.\d+)?)$/gm)].map(([, name, value]) => [String(name), Number(value)])),
  inWords: ({ work }) => work,
};
