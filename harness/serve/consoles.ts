/** The consoles of a trial's machines, each from a little before its end on. */
import { join } from 'node:path';
import { explain } from '../../results/errors.ts';
import { consoleLine } from './console-text.ts';
import { FileTail } from './file-tail.ts';
import { plainFiles } from './files.ts';
import type { ConsolePart } from './protocol.ts';

/** What is shown of a console when somebody begins to look, and again where it says more in a moment than anybody reads. */
const LAST_BYTES = 48 * 1024;
const CONSOLE_DIR = 'console';

export class Consoles {
  readonly #dir: string;
  #trial = '';
  /** by file: its tail, and where what was shown of it ends */
  readonly #tails = new Map<string, { readonly tail: FileTail; shown: number }>();

  /** `dir` is that of the run. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * What machines of `trial` have said since the last time; from the beginning again where that was another trial, or `again`. `troubles` says which of
   * the consoles cannot be read now, and why.
   */
  async read(trial: string, machines: readonly string[], again: boolean): Promise<{ parts: ConsolePart[]; troubles: string[] }> {
    if (again || trial !== this.#trial) this.#tails.clear();
    this.#trial = trial;
    // A name from a history is no path: it must be one of those that are there.
    const files = new Set(await plainFiles(join(this.#dir, CONSOLE_DIR)));
    const parts: ConsolePart[] = [];
    const troubles: string[] = [];
    for (const machine of machines) {
      const file = `${trial}.${machine}.log`;
      if (!files.has(file)) continue;
      try {
        parts.push(...(await this.#part(machine, file)));
      } catch (error) {
        troubles.push(`The console of ${machine} cannot be read: ${explain(error)}`); // the others can, and it perhaps the next time
      }
    }
    return { parts, troubles };
  }

  async #part(machine: string, file: string): Promise<ConsolePart[]> {
    const known = this.#tails.get(file) ?? { tail: new FileTail(join(this.#dir, CONSOLE_DIR, file), LAST_BYTES), shown: 0 };
    this.#tails.set(file, known);
    const { lines, restarted } = await known.tail.read(2 * LAST_BYTES);
    const [first, last] = [lines[0], lines.at(-1)];
    if (first === undefined || last === undefined) return [];
    const passedOver = Math.max(0, first.offset - (restarted ? 0 : known.shown));
    known.shown = last.offset + last.bytes.length + 1;
    return [{ machine, file, passedOver, lines: lines.map(({ offset, bytes }) => [offset, consoleLine(bytes)] as const) }];
  }
}
