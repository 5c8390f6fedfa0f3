/**
 * The detector's speed in MB of console per CPU-second, on one core: quiet text, text with an event every hundred lines, and a tenfold of the
 * quiet text, which must go at the same rate. The text is made here, of the shapes that kernels print; as a reference stands a plain count
 * of line feeds over the same bytes in the same sitting.
 */
import { createDetector } from '../harness/detect/detector.ts';
import { show, spread } from './statistics.ts';

const ROUNDS = 5;
const MB = 1e6;
const SIZE_MB = 100;
const LONG_MB = 1000;
const ENDLESS_MB = 10_000;
const CHUNK_BYTES = 64 * 1024;
const BOUNDS = { quiet: 300, events: 30, linear: 0.8, growth_MiB: 32 } as const;

/** `npm run bench -- detect`. Exit 1 when a median is below its bound. */
export async function detect(): Promise<number> {
  const quiet = chunks(SIZE_MB, quietLine);
  const events = chunks(SIZE_MB, lineWithEvents);
  const rates = { reference: [] as number[], quiet: [] as number[], events: [] as number[], long: [] as number[], ratio: [] as number[] };
  let found = 0;
  scan(quiet); // the first run compiles
  scan(events);
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.reference.push(rate(SIZE_MB, () => countLines(quiet)));
    rates.quiet.push(rate(SIZE_MB, () => scan(quiet)));
    rates.ratio.push((rates.quiet.at(-1) as number) / (rates.reference.at(-1) as number));
    rates.events.push(rate(SIZE_MB, () => (found = scan(events))));
    rates.long.push(rate(LONG_MB, () => scan(quiet, LONG_MB / SIZE_MB)));
  }
  const [middle, long] = [spread(rates.quiet), spread(rates.long)];
  console.log(`line feeds only      ${show(spread(rates.reference), ' MB/CPU-s')}`);
  console.log(
    `quiet, ${SIZE_MB} MB        ${show(middle, ' MB/CPU-s')}, bound ${BOUNDS.quiet}; ${show(spread(rates.ratio), 'x')} of the reference`,
  );
  console.log(
    `quiet, ${LONG_MB} MB       ${show(long, ' MB/CPU-s')}, ${(long.median / middle.median).toFixed(2)}x of the above, bound ${BOUNDS.linear}x`,
  );
  console.log(`an event in 100      ${show(spread(rates.events), ' MB/CPU-s')}, bound ${BOUNDS.events}; ${found} events`);
  const before_MiB = mostMemory_MiB();
  const endlessLine = rate(LONG_MB, () => scan([Buffer.alloc(CHUNK_BYTES, 'BUG: ')], (LONG_MB * MB) / CHUNK_BYTES));
  scan(quiet, ENDLESS_MB / SIZE_MB);
  const growth_MiB = mostMemory_MiB() - before_MiB;
  console.log(`one line, ${LONG_MB} MB    ${endlessLine.toFixed(2)} MB/CPU-s`);
  console.log(
    `memory               ${growth_MiB.toFixed(0)} MiB more for ${ENDLESS_MB} MB than for ${SIZE_MB} MB, bound ${BOUNDS.growth_MiB}`,
  );
  const kept =
    growth_MiB <= BOUNDS.growth_MiB &&
    middle.median >= BOUNDS.quiet &&
    spread(rates.events).median >= BOUNDS.events &&
    long.median / middle.median >= BOUNDS.linear;
  return kept ? 0 : 1;
}

const mostMemory_MiB = (): number => process.resourceUsage().maxRSS / 1024;

function rate(megabytes: number, work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return megabytes / ((user + system) / 1e6);
}

function scan(text: readonly Buffer[], times = 1): number {
  const detector = createDetector({ requireTimestamp: 'auto' });
  let events = 0;
  for (let turn = 0; turn < times; turn += 1) for (const chunk of text) events += detector.push(chunk).length;
  return events + detector.end().length;
}

function countLines(text: readonly Buffer[]): number {
  let lines = 0;
  for (const chunk of text) for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
  return lines;
}

function chunks(megabytes: number, line: (number: number) => string): Buffer[] {
  const made: Buffer[] = [];
  let text = '';
  for (let number = 0, bytes = 0; bytes < megabytes * MB; number += 1) {
    text += line(number);
    if (text.length < CHUNK_BYTES) continue;
    const chunk = Buffer.from(new Uint8Array(Buffer.from(text.slice(0, CHUNK_BYTES))).buffer);
    made.push(chunk);
    bytes += chunk.length;
    text = text.slice(CHUNK_BYTES);
  }
  return made;
}

/** What a healthy kernel and its init say, with the numbers that change. */
const QUIET = [
  'pci 0000:00:1f.%: [8086:2922] type 00 class 0x010601',
  'pci 0000:00:0%.0: reg 0x10: [mem 0xfeb9%000-0xfeb9%fff]',
  'ACPI: PCI: Interrupt link LNKA configured for IRQ 1%',
  'virtio_net virtio% front: renamed from eth%',
  'audit: type=1400 audit(176384%.1%:%): apparmor="STATUS" operation="profile_load" name="lsb_release" pid=% comm="apparmor_parser"',
  'systemd[1]: Started systemd-journald.service - Journal Service.',
  'IPv6: ADDRCONF(NETDEV_CHANGE): eth%: link becomes ready',
  'EXT4-fs (vd%): mounted filesystem with ordered data mode. Quota mode: none.',
  'nbd%: detected capacity change from 0 to 2097152',
  'device tap% entered promiscuous mode',
  'usb 1-%: new high-speed USB device number % using xhci_hcd',
  'hrtimer: interrupt took % ns',
] as const;

const EVENT = [
  'INFO: task jbd2/vda%-8:1% blocked for more than 120 seconds.',
  '      Not tainted 6.1.0-56-cloud-amd64 #1 Debian 6.1.%-1',
  '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.',
  'task:jbd2/vda%-8    state:D stack:0     pid:% ppid:2      flags:0x00004000',
  'Call Trace:',
  ' <TASK>',
  ' __schedule+0x34d/0x9e0',
  ' schedule+0x5a/0xd0',
  ' io_schedule+0x42/0x70',
  ' bit_wait_io+0xd/0x60',
  ' out_of_line_wait_on_bit+0x91/0xb0',
  ' jbd2_journal_commit_transaction+0x118d/0x1a70 [jbd2]',
  ' kjournald2+0xa9/0x280 [jbd2]',
  ' kthread+0xd7/0x100',
  ' ret_from_fork+0x1f/0x30',
  ' </TASK>',
] as const;

const line = (shape: string, number: number): string =>
  `[${(number / 1000).toFixed(6).padStart(12)}] ${shape.replaceAll('%', String(number % 10))}\r\n`;
const quietLine = (number: number): string => line(QUIET[number % QUIET.length] as string, number);
const lineWithEvents = (number: number): string => {
  const shape = EVENT[number % 100];
  return shape === undefined ? quietLine(number) : line(shape, number);
};
