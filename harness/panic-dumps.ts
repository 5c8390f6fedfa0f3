/**
 * What is taken of a machine whose kernel panicked, out of its memory. The log at once, whenever that was, since it costs a second and the machine may be
 * reset before anybody knows of the panic; a core where the profile asks for one, and then not before the machine is wanted for something else, since
 * that takes a processor from those that still work.
 */
import { mkdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { explain, InfraError } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import { MEASURES } from '../results/measures.ts';
import type { Profile } from '../suites/profiles.ts';
import type { DumpKind, Machine } from '../targets/target.ts';

export interface PanicDumpsContext {
  readonly history: History;
  readonly trial: string;
  readonly budget: Profile['dump'];
  /** after a panic is told, the rest of its text comes within this time */
  readonly lastWords_ms: number;
  /** the path of an artefact of a machine, without its ending */
  readonly stemOf: (machine: string) => string;
  /** ends what is being taken: the person does not want to wait for it */
  readonly signal: AbortSignal;
  /** told when the history refuses a record */
  readonly fault: (error: Error) => void;
}

/** A panic that no reset has come after yet. */
interface Panic {
  readonly log: Promise<void>;
  core?: Promise<void>;
}

/** Names in the record: of the facts, and of what was timed. */
const NAMES = { log: MEASURES.panicLog, vmcore: MEASURES.dump } as const satisfies Record<DumpKind, string>;

export class PanicDumps {
  readonly #context: PanicDumpsContext;
  readonly #panics = new Map<Machine, Panic>();
  readonly #counts = new Map<Machine, number>();
  readonly #cored = new Set<Machine>();
  /** over when no core is being taken: one at a time, each finds the disk as the others have left it */
  #cores: Promise<void> = Promise.resolve();

  constructor(context: PanicDumpsContext) {
    this.#context = context;
  }

  /** Must begin before the machine is turned on. */
  watch(machine: Machine): void {
    machine.power.subscribe(({ kind }) => {
      if (kind === 'reset') this.#panics.delete(machine);
      if (kind !== 'panicked') return;
      const count = (this.#counts.get(machine) ?? 0) + 1;
      this.#counts.set(machine, count);
      // until its last words are on the console as well
      const ending = count === 1 ? 'panic-dmesg.txt' : `panic-dmesg.${count}.txt`;
      const log = sleep(this.#context.lastWords_ms).then(() =>
        this.#panics.get(machine) === panic
          ? this.#take('log', machine, ending)
          : this.#tell(machine, 'log', 'not taken: it was reset within its last words'),
      );
      const panic: Panic = { log };
      this.#panics.set(machine, panic);
    });
  }

  /** Takes what is still to be taken of a machine that panicked and was not reset since, or waits for it: never twice. Never throws. */
  async finish(machine: Machine): Promise<void> {
    const panic = this.#panics.get(machine);
    if (panic === undefined) return;
    await panic.log;
    if (!this.#context.budget.vmcore) return;
    if (panic.core === undefined) {
      panic.core = this.#cores.then(() => this.#takeCore(machine, panic));
      this.#cores = panic.core;
    }
    await panic.core;
  }

  /** As `finish`, of all machines; `quickly` without their cores. */
  async finishAll(quickly: boolean): Promise<void> {
    await Promise.all([...this.#panics].map(([machine, { log }]) => (quickly ? log : this.finish(machine))));
  }

  /** A search may bring a machine down twenty times, and cores are large: there is one of each machine in a trial. */
  async #takeCore(machine: Machine, panic: Panic): Promise<void> {
    if (this.#panics.get(machine) !== panic) this.#tell(machine, 'vmcore', 'not taken: it was reset before its turn came');
    else if (this.#cored.has(machine))
      this.#tell(machine, 'vmcore', 'not taken: an earlier panic of this machine in this trial has left one');
    else await this.#take('vmcore', machine, 'vmcore');
  }

  async #take(kind: DumpKind, machine: Machine, ending: string): Promise<void> {
    const { history, trial, budget, signal, stemOf } = this.#context;
    const path = `${stemOf(machine.name)}.${ending}`;
    const begun = history.now();
    try {
      mkdirSync(dirname(path), { recursive: true });
      const { limit_s, most_bytes } = budget;
      const { bytes, detail } = await machine.power.dump(kind, path, { limit_s, most_bytes, signal });
      if (kind === 'vmcore') this.#cored.add(machine);
      this.#tell(machine, kind, `${basename(path)}: ${bytes} bytes, ${detail}`);
      const seconds = Math.round((history.now() - begun) * 1000) / 1000;
      this.#guard(() => history.write(trial, { k: 'measure', machine: machine.name, name: NAMES[kind], seconds }));
    } catch (error) {
      // the verdict does not rest on it; that it is missing, and why, is told
      this.#tell(machine, kind, `not taken: ${explain(error)}`);
    }
  }

  #tell(machine: Machine, kind: DumpKind, value: string): void {
    const { history, trial } = this.#context;
    this.#guard(() => history.write(trial, { k: 'fact', machine: machine.name, name: NAMES[kind], value }));
  }

  /** What is taken in the background has nobody to throw to. */
  #guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#context.fault(error instanceof Error ? error : new InfraError(explain(error)));
    }
  }
}
