/** How far a machine has come, read off its console. Pure but for the clock that is handed in. */

/** What is looked for, in the order of a boot. `init` and `ready` are said by our own init, the others by the kernel. */
const TEXTS = {
  kernel: 'Linux version ',
  handover: ' as init process',
  init: 'stormproof: init',
  listening: 'stormproof: listening',
  ready: 'stormproof: ready',
} as const;
const PANIC = 'Kernel panic - not syncing';
const INIT_FAILED = 'stormproof: init failed: ';

/** The timestamp of printk.time before our own word. */
const READY_TIME = new RegExp(`\\[ *(\\d+\\.\\d+)\\] ${TEXTS.ready}`);

export type Milestone = keyof typeof TEXTS;

/** Longest text that may be torn between two chunks: a panic's words have up to 1024 characters (kernel/panic.c). */
const KEPT_CHARS = 1100;

export class Milestones {
  readonly reached = new Map<Milestone, number>();
  firstByte: number | undefined;
  /** the kernel's words, once it panicked */
  panic: string | undefined;
  /** why our init gave up, once it did */
  initFailed: string | undefined;
  /** the kernel's own clock when it was ready, in seconds since it began */
  readyTime: number | undefined;
  #kept = '';

  /** Takes a chunk of console seen at `now` (seconds). */
  push(chunk: Buffer, now: number): void {
    this.firstByte ??= now;
    const text = this.#kept + chunk.toString('latin1');
    for (const [name, wanted] of Object.entries(TEXTS) as [Milestone, string][]) {
      if (!this.reached.has(name) && text.includes(wanted)) this.reached.set(name, now);
    }
    this.readyTime ??= numberIn(READY_TIME.exec(text)?.[1]);
    this.panic ??= lineFrom(text, PANIC);
    this.initFailed ??= lineFrom(text, INIT_FAILED)?.slice(INIT_FAILED.length);
    // an unfinished line is looked at again when it is whole
    this.#kept = text.slice(-KEPT_CHARS);
  }
}

const numberIn = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

function lineFrom(text: string, start: string): string | undefined {
  const from = text.indexOf(start);
  if (from < 0) return undefined;
  const end = text.slice(from).search(/[\r\n]/);
  return end < 0 ? undefined : text.slice(from, from + end);
}
