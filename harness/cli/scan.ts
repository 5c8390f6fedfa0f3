/** `scan FILE...|-`: console text in, events out. Needs no other room than the detector's. */
import { createReadStream, globSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type Duplex, pipeline } from 'node:stream';
import { styleText } from 'node:util';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { execa } from 'execa';
import { UsageError } from '../../results/errors.ts';
import type { KernelEvent, Severity } from '../../results/model.ts';
import { createDetector, type Detector } from '../detect/detector.ts';

export interface ScanOptions {
  readonly format: 'text' | 'jsonl';
  readonly stdout: NodeJS.WritableStream;
  readonly stdin: NodeJS.ReadableStream;
  /** One line for each file that holds no kernel line. Default: process.stderr. */
  readonly stderr?: NodeJS.WritableStream;
}

/** A report whose function is known is taken as complete when the text has paused for so long. */
const QUIET_MS = 120;
/** Any other is told so long after its first line, though more of it may come. */
const PATIENCE_MS = 1800;
const CHUNK_BYTES = 256 * 1024;

type Print = (file: string, event: KernelEvent) => string;

/**
 * Prints every event of the files (`-` is standard input, live; a directory stands for all files below it, a pattern for those that it
 * matches). Returns 1 when a crash or hang stands in one of them, else 125 when one holds no kernel line, for a missing log is unknown and
 * not clean, else 0. Throws UsageError for a file that cannot be read as one.
 */
export async function scanFiles(operands: readonly string[], options: ScanOptions): Promise<0 | 1 | 125> {
  const files = operands.flatMap(filesOf);
  const print: Print = options.format === 'jsonl' ? jsonLine : textLine(files.length > 1, isTerminal(options.stdout));
  let faults = 0;
  let unknown = 0;
  for (const file of files) {
    const detector = createDetector({ requireTimestamp: 'auto' });
    const onEvents = async (events: readonly KernelEvent[]): Promise<void> => {
      faults += events.filter(isFault).length;
      if (events.length > 0) await write(options.stdout, events.map((event) => print(file, event)).join(''));
    };
    await drain(file === '-' ? options.stdin : open(file), file, detector, onEvents);
    if (!detector.seenKernel) {
      unknown += 1;
      const what = `${nameOf(file)}: no kernel line in ${detector.bytes} bytes, so nothing is known of that kernel (not the same as clean)\n`;
      (options.stderr ?? process.stderr).write(what);
    }
  }
  if (faults > 0) return 1;
  return unknown > 0 ? 125 : 0;
}

/** Also one that only follows from another event: a file system's error may have had it. */
const isFault = (event: KernelEvent): boolean => event.class === 'crash' || event.class === 'hang';

const nameOf = (file: string): string => (file === '-' ? 'standard input' : file);

/** The files that an operand stands for, in the order of their names. Throws UsageError where there are none. */
function filesOf(operand: string): string[] {
  if (operand === '-') return [operand];
  const found = statSync(operand, { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory()) return [operand];
  const pattern = found === undefined ? operand : join(operand, '**');
  const files = globSync(pattern)
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
    .sort();
  if (files.length > 0) return files;
  throw new UsageError(`cannot read ${operand}: ${found === undefined ? 'there is no such file' : 'there is no file in that directory'}`);
}

/** How a log is unpacked, by the end of its name. Node has no xz of its own. */
const UNPACKERS: Readonly<Record<string, () => Duplex>> = {
  '.gz': () => createGunzip(),
  '.zst': () => createZstdDecompress(),
  '.xz': () => execa({ buffer: false, stdin: 'pipe' })`xz --decompress --stdout`.duplex(),
};

/** A file's text, unpacked where its name says that it is packed. */
function open(file: string): NodeJS.ReadableStream {
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const unpack = UNPACKERS[extname(file)];
  if (unpack === undefined) return source;
  // a failure of either ends the other, and is the reader's
  return pipeline(source, unpack(), () => undefined);
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : String(error));

/** Feeds a source to its end. A pause in it closes open reports, so that a machine that died is reported while it hangs. */
async function drain(
  source: NodeJS.ReadableStream,
  file: string,
  detector: Detector,
  onEvents: (events: readonly KernelEvent[]) => Promise<void>,
): Promise<void> {
  let writing: Promise<void> = Promise.resolve();
  let failure: unknown;
  const hand = (events: readonly KernelEvent[]): void => {
    writing = writing
      .then(() => onEvents(events))
      .catch((cause: unknown) => {
        failure ??= cause;
      });
  };
  let quiet: NodeJS.Timeout | undefined;
  let late: NodeJS.Timeout | undefined;
  const watch = (): void => {
    if (detector.unfinished === 0) {
      clearTimeout(late);
      late = undefined;
    } else late ??= setTimeout(() => settle('all'), PATIENCE_MS);
  };
  const settle = (which: 'all' | 'settled'): void => {
    if (which === 'all') late = undefined;
    hand(detector.flush(which));
    watch();
  };
  try {
    for await (const chunk of source) {
      clearTimeout(quiet);
      hand(detector.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
      watch();
      await writing;
      if (failure !== undefined) throw failure;
      quiet = setTimeout(() => settle('settled'), QUIET_MS);
    }
  } catch (cause) {
    // Only the system's errors carry a code; anything else is a defect and must look like one.
    if (failure !== undefined || !(cause instanceof Error && ('code' in cause || 'exitCode' in cause))) throw failure ?? cause;
    throw new UsageError(`cannot read ${nameOf(file)}: ${reasonOf(cause)}`, { cause });
  } finally {
    clearTimeout(quiet);
    clearTimeout(late);
    hand(detector.end());
    await writing;
  }
  if (failure !== undefined) throw failure;
}

/** What an unpacker says of a file that is not what its name says, or is cut short. */
const reasonOf = (cause: Error): string =>
  'exitCode' in cause || String(codeOf(cause)).startsWith('Z_') || String(codeOf(cause)).startsWith('ZSTD_')
    ? 'it is damaged, or not packed as its name says'
    : codeOf(cause);

const write = (out: NodeJS.WritableStream, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    // a reader that went away (`| head`) has seen enough; the exit code still tells of the rest
    out.write(text, (error) => (error && codeOf(error) !== 'EPIPE' ? reject(error) : resolve()));
  });

const isTerminal = (out: NodeJS.WritableStream): boolean => 'isTTY' in out && out.isTTY === true;

const jsonLine: Print = (file, event) => `${JSON.stringify({ file, ...event })}\n`;

const COLOUR = { fatal: 'red', error: 'red', warning: 'yellow', info: 'dim' } as const satisfies Record<Severity, string>;

/** `    12 crash     kernel BUG in foo (task 123, 120 s)`; short enough in front that a title still fits into 80 columns. */
const textLine =
  (manyFiles: boolean, colours: boolean): Print =>
  (file, event) => {
    const about = [aboutTask(event), event.seconds === undefined ? '' : `${event.seconds} s`, followsOn(event)].filter(
      (part) => part !== '',
    );
    const place = `${manyFiles ? `${nameOf(file)}:` : ''}${event.line}`.padStart(6);
    const family = event.class.padEnd(9);
    const marked = colours ? styleText(COLOUR[event.severity], family, { validateStream: false }) : family;
    return `${place} ${marked} ${event.title}${about.length === 0 ? '' : ` (${about.join(', ')})`}\n`;
  };

const aboutTask = ({ task, pid }: KernelEvent): string => [task, pid].filter((part) => part !== undefined).join(':');
const followsOn = ({ consequenceOf }: KernelEvent): string => (consequenceOf === undefined ? '' : 'follows from the above');
