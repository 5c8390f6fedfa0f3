/** One provocation on one lab machine, from power on to the last words of its console. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfraError } from '../../../results/errors.ts';
import { lab } from '../../../targets/lab/lab.ts';
import type { Candidate, Channel, Machine, Site } from '../../../targets/target.ts';
import { within } from '../../deadline.ts';
import { MACHINE, type Provocation } from './provocations.ts';
import { mark, trim } from './trim.ts';

export interface CaptureOptions {
  readonly candidate: Candidate;
  /** the module, for a provocation that needs it */
  readonly module: () => Promise<Buffer>;
  readonly run: string;
  readonly runtimeDir: string;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

const BOOT_LIMIT_S = 120;
const STEP_LIMIT_S = 60;
/** From the provocation until the kernel has said what it must. */
const SHOW_LIMIT_S = 60;
/** A report is whole once the console has been silent for so long. */
const QUIET_MS = 3_000;
/** Two CPUs: one may be stuck while the other reports it. */
const SIZE = { cpus: 2, memory_MiB: 512 } as const;

/** The fixture's text, in latin1. Throws InfraError where the machine did not do as it was told or the kernel did not say what it should. */
export async function capture(name: string, how: Provocation, options: CaptureOptions): Promise<string> {
  const { candidate, run, runtimeDir, signal, note } = options;
  await using site = await lab.open(
    { machines: [{ name: MACHINE, seat: 'head', ...SIZE, ...(how.disk === undefined ? {} : { disk: how.disk }) }] },
    {
      candidate,
      run,
      runtimeDir,
      consoleDir: runtimeDir,
      prefix: '',
      limit_s: BOOT_LIMIT_S + STEP_LIMIT_S + 2 * SHOW_LIMIT_S,
      append: how.append ?? [],
      signal,
      note,
      fault: (error) => note(error.message),
      contended: () => undefined,
    },
  );
  const machine = site.machines.get(MACHINE) as Machine;
  const work = async (): Promise<void> => {
    await machine.boot(BOOT_LIMIT_S);
    const channel = await machine.manage();
    await prepare(channel, how, site, options);
    await must(channel, `echo '<2>${mark(name)}' > /dev/kmsg`);
    await how.outside?.(site);
    const job = await channel.start(['sh', '-c', text(site, how)], { limit_s: SHOW_LIMIT_S });
    job.stdout.resume();
    if (await shown(machine, name, how.shows, signal)) return;
    await job.stop();
    throw new InfraError(`the kernel did not say ${how.shows}: ${(await job.done).stderr}`);
  };
  await within(work(), name, BOOT_LIMIT_S + STEP_LIMIT_S + 2 * SHOW_LIMIT_S, signal);
  return trim(consoleOf(machine), name);
}

async function prepare(channel: Channel, how: Provocation, site: Site, { module }: CaptureOptions): Promise<void> {
  for (const [path, value] of Object.entries(how.settings ?? {})) {
    const file = path.startsWith('sys/') ? `/proc/${path}` : `/sys/${path}`;
    await must(channel, `echo ${value} > ${file}`);
  }
  if (how.before !== undefined) await must(channel, `${words(site)}${how.before}`);
  if (how.fault === undefined) return;
  await must(channel, 'base64 -d > /tmp/provoke.ko && insmod /tmp/provoke.ko', (await module()).toString('base64'));
}

/** What a provocation's shell text may name. */
const words = (site: Site): string =>
  `DISK=${site.machines.get(MACHINE)?.disk ?? ''}; TAIL=${site.networks.store.station}; FRONT=${site.networks.front.station.replace(/[^:]*$/, '')}; `;

const text = (site: Site, { fault, run }: Provocation): string =>
  fault === undefined ? `${words(site)}${run ?? ''}` : `echo ${fault} > /proc/provoke`;

async function must(channel: Channel, script: string, input?: string): Promise<void> {
  const { code, stderr } = await channel.run(['sh', '-c', script], { limit_s: STEP_LIMIT_S, ...(input === undefined ? {} : { input }) });
  if (code !== 0) throw new InfraError(`"${script}" on the machine: ${stderr.trim() || `exit ${code}`}`);
}

const consoleOf = (machine: Machine): string => readFileSync(machine.console.path, 'latin1');

/** Waits until the kernel has said what it should, and then is silent. False when it did not say it in time. */
async function shown(machine: Machine, name: string, wanted: RegExp, signal: AbortSignal): Promise<boolean> {
  const said = (): boolean => {
    const console = consoleOf(machine);
    return wanted.test(console.slice(console.lastIndexOf(mark(name))));
  };
  for (const end = Date.now() + SHOW_LIMIT_S * 1000; !said(); await sleep(200, undefined, { signal })) if (Date.now() > end) return false;
  for (let before = -1; before !== machine.console.bytes; await sleep(QUIET_MS, undefined, { signal })) before = machine.console.bytes;
  return true;
}
