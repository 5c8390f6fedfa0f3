/** A lab machine: one QEMU process, its console, its control socket and its management. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CandidateError, InfraError } from '../../results/errors.ts';
import type { Key } from '../keys.ts';
import { connectSsh } from '../ssh.ts';
import {
  type BootTimes,
  type Channel,
  type DumpAccount,
  type DumpBudget,
  type DumpKind,
  fileSystemOf,
  type Job,
  type LocalJob,
  type Machine,
  type MachineSpec,
  type Power,
  type PowerEvent,
} from '../target.ts';
import { SerialConsole } from './console.ts';
import { dump } from './dump/dump.ts';
import { Milestones } from './milestones.ts';
import { PROCESS_NAME, throttleOf } from './qemu.ts';
import { connectUnix, Qmp } from './qmp.ts';

export interface LabMachineOptions {
  /** the run that it belongs to */
  readonly run: string;
  readonly spec: MachineSpec;
  readonly address: Machine['address'];
  readonly behind: Machine['behind'];
  readonly consolePath: string;
  readonly consoleSocket: string;
  readonly qmpSocket: string;
  /** argv of QEMU, and how to start it where it belongs */
  readonly argv: readonly string[];
  readonly spawn: (argv: readonly string[], limit_s: number) => LocalJob;
  readonly limit_s: number;
  /** argv of what passes connections to `managementSocket` on to the machine's SSH server, from inside QEMU's namespace */
  readonly proxy: readonly string[];
  readonly managementSocket: string;
  readonly key: Key;
  readonly hostKey: Key;
  /** the block device of the tail's disk */
  readonly disk: string | undefined;
  /** done in this order whenever the machine has booted */
  readonly arrangements: readonly Arrangement[];
  /** whether its CPUs are emulated */
  readonly emulated: boolean;
  readonly fault: (error: Error) => void;
}

/** Something that a machine has only once a program was run on it. */
export interface Arrangement {
  /** `its disk` */
  readonly what: string;
  readonly argv: readonly string[];
}

const SOCKET_LIMIT_MS = 15_000;
/** Management is tried once the machine says that it is ready, and so often when its console does not tell. */
const BLIND_TRY_S = 3;
const SSH_LIMIT_S = 30;
const MANAGE_LIMIT_S = 20;
const SETTLE_LIMIT_S = 10;
const ARRANGE_LIMIT_S = 30;
/** What an emulated kernel's clock may be ahead of this machine's, from its first word until it is ready. */
const LEAP_S = 5;
const QEMU_END_MS = 5000;
/** QEMU writes one page of the guest's memory, and the registers of its processors. */
const NOTES_LIMIT_MS = 30_000;
/** What a kernel says of its panic is out by then, and belongs to no other boot. */
const LAST_WORDS_MS = 2500;

/** A kernel that began to boot and did not reach its init. */
class BootFailure extends CandidateError {}

export class LabMachine implements Machine {
  readonly name: string;
  readonly seat: Machine['seat'];
  readonly address: Machine['address'];
  readonly behind: Machine['behind'];
  readonly console: SerialConsole;
  readonly power: Power;
  readonly #options: LabMachineOptions;
  readonly #listeners = new Set<(event: PowerEvent) => void>();
  #qemu: LocalJob | undefined;
  #proxy: Job | undefined;
  #qmp: Qmp | undefined;
  #milestones = new Milestones();
  #channel: Promise<Channel> | undefined;
  #exit: { readonly code: number | null; readonly stderr: string } | undefined;
  #closing = false;
  /** over when no dump is being taken; whether one succeeded is for who asked for it */
  #dumping: Promise<void> = Promise.resolve();
  #panicked = false;
  /** between power on (or a reset) and the first answer of management nobody but the boot itself may try it */
  #ready = false;

  constructor(options: LabMachineOptions) {
    this.#options = options;
    this.name = options.spec.name;
    this.seat = options.spec.seat;
    this.address = options.address;
    this.behind = options.behind;
    this.console = new SerialConsole(options.consolePath, options.fault);
    this.console.subscribe((chunk) => {
      this.#milestones.push(chunk, clock());
      // before the driver of its pvpanic device is there, or without one, it tells of a panic in no other way
      if (this.#milestones.panic !== undefined) this.#notePanic('console');
    });
    this.power = {
      reset: async () => {
        this.#ready = false;
        this.#dropChannel();
        await this.#dumping;
        this.#milestones = new Milestones();
        this.#panicked = false;
        await this.#command('system_reset');
        // a machine that was stopped after a panic stays stopped over a reset
        await this.#command('cont');
      },
      pause: async () => {
        await this.#command('stop');
      },
      resume: async () => {
        await this.#command('cont');
      },
      dump: (kind, path, budget) => {
        const dumped = this.#dumping.then(() => this.#dump(kind, path, budget));
        this.#dumping = dumped.then(noted, noted);
        return dumped;
      },
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
  }

  get limitDisk(): Machine['limitDisk'] {
    if (this.#options.spec.disk?.attach !== 'qemu') return undefined;
    return async (limit) => void (await this.#command('block_set_io_throttle', throttleOf('tail', limit)));
  }

  get disk(): string | undefined {
    return this.#options.disk;
  }

  get fileSystem(): Machine['fileSystem'] {
    return fileSystemOf(this.#options.spec);
  }

  async boot(limit_s: number): Promise<BootTimes> {
    const { argv, spawn, consoleSocket, qmpSocket } = this.#options;
    const qemu = spawn(argv, this.#options.limit_s);
    this.#qemu = qemu;
    qemu.stdout.resume();
    this.#proxy = spawn(this.#options.proxy, this.#options.limit_s);
    this.#proxy.stdout.resume();
    void qemu.done.then((how) => {
      this.#exit = how;
      this.#tell({ kind: 'off', expected: this.#closing, detail: how.stderr || `exit ${how.code}` });
    });
    // whichever comes first: both sockets, or the end of a QEMU that did not start
    const started = Promise.all([connectUnix(consoleSocket, SOCKET_LIMIT_MS), Qmp.connect(qmpSocket, SOCKET_LIMIT_MS)]);
    const ended = qemu.done.then((how) => {
      throw new InfraError(`QEMU did not start ${this.name}: ${lastLine(how.stderr) || `exit ${how.code}`}`);
    });
    const [console, qmp] = await Promise.race([started, ended]);
    ended.catch(() => undefined); // a later end is told as a power event
    this.console.attach(console, () => void this.#missConsole());
    this.#qmp = qmp;
    qmp.subscribe(({ event, data }) => this.#handle(event, data));
    const start = clock();
    await this.#command('cont');
    try {
      const times = await this.#becomeReady(start, limit_s);
      return this.#options.emulated && this.#clockLeapt() ? await this.#bootWithAnotherClock(limit_s) : times;
    } catch (failure) {
      return await this.#bootAgain(failure, limit_s);
    }
  }

  /**
   * Emulated CPUs (QEMU 7.2, several threads) have been seen to hang in a boot for no fault of the kernel's, and to trap over a breakpoint that
   * another of them had taken out of its code already ("Oops: int3"; arch/x86/kernel/alternative.c, text_poke_bp_batch()). What fails twice
   * does not boot; what fails once leaves that open, so nothing can be said of it.
   */
  async #bootAgain(failure: unknown, limit_s: number): Promise<never> {
    if (!(failure instanceof BootFailure) || !this.#options.emulated) throw failure;
    await sleep(LAST_WORDS_MS);
    await this.power.reset();
    try {
      await this.#becomeReady(clock(), limit_s);
    } catch (again) {
      if (again instanceof BootFailure) throw new CandidateError(`${failure.message}, nor at a second try`);
      throw again;
    }
    throw new InfraError(`${failure.message}, but did at a second try: the emulator or the kernel, nobody can tell which; run it again`);
  }

  /** Whether the kernel has counted more seconds since its first word than there were. */
  #clockLeapt(): boolean {
    const { readyTime = 0, reached } = this.#milestones;
    const [kernel, ready] = [reached.get('kernel'), reached.get('ready')];
    return kernel !== undefined && ready !== undefined && readyTime - (ready - kernel) > LEAP_S;
  }

  /**
   * Where the emulator gets no time for long, its clocks have been seen to leap ahead by a minute, and the kernel to tell of stalls that never were. One
   * that leaps twice is not to be worked with.
   */
  async #bootWithAnotherClock(limit_s: number): Promise<BootTimes> {
    await this.power.reset();
    const times = await this.#becomeReady(clock(), limit_s);
    if (this.#clockLeapt())
      throw new InfraError(`${this.name}: its clock leapt ahead in two boots: the emulator or the kernel, nobody can tell which`);
    return times;
  }

  async rejoin(limit_s: number): Promise<BootTimes> {
    return await this.#becomeReady(clock(), limit_s).catch((failure: unknown) => this.#bootAgain(failure, limit_s));
  }

  async manage(limit_s = MANAGE_LIMIT_S): Promise<Channel> {
    if (!this.#ready) throw new InfraError(`${this.name} is not up`);
    return this.#open(limit_s);
  }

  #open(limit_s: number): Promise<Channel> {
    if (this.#channel === undefined) {
      const channel = this.#connect(limit_s);
      this.#channel = channel;
      channel.catch(() => {
        if (this.#channel === channel) this.#channel = undefined;
      });
    }
    return this.#channel;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#dropChannel();
    this.#qmp?.close();
    await Promise.all([this.#qemu?.stop(), this.#proxy?.stop()]);
    this.console[Symbol.dispose]();
  }

  async #becomeReady(start: number, limit_s: number): Promise<BootTimes> {
    const end = start + limit_s;
    let blindTry = Number.POSITIVE_INFINITY;
    let refused = '';
    for (;;) {
      this.#explainDeath();
      const { reached } = this.#milestones;
      if (reached.has('init') && blindTry === Number.POSITIVE_INFINITY) blindTry = clock() + BLIND_TRY_S;
      if (reached.has('listening') || clock() >= blindTry) {
        blindTry = clock() + BLIND_TRY_S;
        try {
          await this.#open(Math.min(SSH_LIMIT_S, Math.max(1, end - clock())));
          break;
        } catch (error) {
          this.#explainDeath();
          refused = (error as Error).message;
        }
      }
      if (clock() > end) throw this.#tooLate(limit_s, refused);
      await sleep(10);
    }
    // what the machine still sets up beside management; a console that does not tell must not keep us
    for (const enough = clock() + SETTLE_LIMIT_S; !this.#milestones.reached.has('ready') && clock() < enough; ) await sleep(10);
    const at = clock();
    await this.#arrange();
    this.#ready = true;
    const since = (time: number | undefined) => Math.round(((time ?? at) - start) * 1000) / 1000;
    return { firstByte_s: since(this.#milestones.firstByte), init_s: since(this.#milestones.reached.get('init')), ready_s: since(at) };
  }

  /** The console's end is QEMU's end, or else a silence that nobody may take for the kernel's. */
  async #missConsole(): Promise<void> {
    await Promise.race([this.#qemu?.done, sleep(QEMU_END_MS, undefined, { ref: false })]);
    if (this.#exit !== undefined || this.#closing) return;
    this.#options.fault(new InfraError(`${this.name}: its console ended while QEMU goes on`));
  }

  /** The machine ended while it booted: says whose fault that was. */
  #explainDeath(): void {
    const { panic, initFailed, reached } = this.#milestones;
    const Failure = reached.has('init') ? CandidateError : BootFailure;
    if (panic !== undefined) throw new Failure(`${this.name} did not boot: ${panic}`);
    if (initFailed !== undefined) throw new InfraError(`${this.name}: the guest's init gave up: ${initFailed}`);
    if (this.#exit !== undefined)
      throw new InfraError(`QEMU of ${this.name} ended during the boot: ${lastLine(this.#exit.stderr) || `exit ${this.#exit.code}`}`);
    if (this.#panicked && !reached.has('ready')) throw new Failure(`${this.name} did not boot: the kernel panicked`);
  }

  #tooLate(limit_s: number, refused: string): Error {
    const { reached } = this.#milestones;
    if (reached.has('ready')) return new InfraError(`${this.name}: SSH did not answer within ${limit_s} s of power on: ${refused}`);
    if (reached.has('handover') || reached.has('init'))
      return new InfraError(`${this.name}: the kernel started its init, but management was not ready within ${limit_s} s of power on`);
    if (reached.has('kernel')) return new BootFailure(`${this.name} did not boot: the kernel did not reach its init in ${limit_s} s`);
    const what = this.console.bytes === 0 ? 'is silent' : `gave ${this.console.bytes} bytes, none of them a kernel's banner`;
    return new InfraError(`${this.name}: cannot tell whether the kernel boots: its console ${what} after ${limit_s} s`);
  }

  #connect(limit_s: number): Promise<Channel> {
    const { managementSocket, key, hostKey } = this.#options;
    const dial = (own_s: number) => connectUnix(managementSocket, own_s * 1000);
    return connectSsh({ dial, name: this.name, key, hostKey }, limit_s);
  }

  async #arrange(): Promise<void> {
    for (const { what, argv } of this.#options.arrangements) {
      const channel = await this.#open(MANAGE_LIMIT_S);
      const { code, stderr } = await channel.run(argv, { limit_s: ARRANGE_LIMIT_S });
      if (code !== 0)
        throw new InfraError(`${this.name}: ${what} did not appear: ${stderr.trim().replaceAll('\n', '; ') || `exit ${code}`}`);
    }
  }

  #handle(event: string, data: Readonly<Record<string, unknown>>): void {
    if (event === 'RESET') {
      this.#ready = false;
      this.#dropChannel();
      // until the kernel has spoken it is the firmware that resets itself, as it does after each reset of ours
      const byGuest = data.guest === true;
      if (!byGuest || this.#milestones.reached.has('kernel')) this.#tell({ kind: 'reset', byGuest });
      this.#milestones = new Milestones();
      this.#panicked = false;
    } else if (event === 'GUEST_PANICKED') this.#notePanic('pvpanic device');
    else if (event === 'WATCHDOG') this.#tell({ kind: 'watchdog' });
  }

  /** Once for each boot, by whoever says so first. */
  #notePanic(by: 'pvpanic device' | 'console'): void {
    if (this.#panicked) return;
    this.#panicked = true;
    this.#tell({ kind: 'panicked', by });
  }

  async #dump(kind: DumpKind, path: string, budget: DumpBudget): Promise<DumpAccount> {
    await this.#command('stop');
    const pid = this.#qemu?.pids().find((each) => processName(each) === PROCESS_NAME);
    if (pid === undefined) throw new InfraError(`${this.name}: its QEMU is not to be found`);
    return await dump(
      kind,
      path,
      {
        pid,
        run: this.#options.run,
        ask: async (line) => String(await this.#command('human-monitor-command', { 'command-line': line })),
        writeNotes: async (to) => {
          const page = { paging: false, protocol: `file:${to}`, format: 'elf', begin: 0, length: 4096 };
          await this.#command('dump-guest-memory', page, NOTES_LIMIT_MS);
        },
      },
      budget,
    );
  }

  #tell(event: PowerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  async #command(execute: string, args?: Record<string, unknown>, limit_ms?: number): Promise<unknown> {
    if (this.#qmp === undefined) throw new InfraError(`${this.name} is not running`);
    return this.#qmp.command(execute, args, limit_ms);
  }

  #dropChannel(): void {
    const channel = this.#channel;
    this.#channel = undefined;
    channel?.then((open) => open.close()).catch(() => undefined); // one that never opened needs no closing
  }
}

/** Seconds on a clock that never jumps. */
const clock = (): number => performance.now() / 1000;

const noted = (): void => undefined;

/** As the kernel has it (proc(5), comm); empty for a process that has ended. */
function processName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return ''; // it has ended while we looked
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';
