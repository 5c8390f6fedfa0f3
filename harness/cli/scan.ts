/** `scan FILE...|-`: console text in, events out. Needs no other room than the detector's. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { styleText } from 'node:util';
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

/** A report is taken as complete when a live console has said nothing for this long. */
const QUIET_MS = 1000;

type Print = (file: string, event: KernelEvent) => string;

/**
 * Prints every event of the files (`-` is standard input, live). Returns 1 when a crash or hang stands in one of them, else 125 when one
 * holds no kernel line, for a missing log is unknown and not clean, else 0. Throws UsageError for a file that cannot be read as one.
 */
export async function scanFiles(files: readonly string[], options: ScanOptions): Promise<0 | 1 | 125> {
  for (const file of files) if (file !== '-') await checkReadable(file);
  const print: Print = options.format === 'jsonl' ? jsonLine : textLine(files.length > 1, isTerminal(options.stdout));
  let faults = 0;
  let unknown = 0;
  for (const file of files) {
    const source = file === '-' ? options.stdin : createReadStream(file);
    const detector = createDetector({ requireTimestamp: 'auto' });
    const onEvents = async (events: readonly KernelEvent[]): Promise<void> => {
      faults += events.filter(isFault).length;
      if (events.length > 0) await write(options.stdout, events.map((event) => print(file, event)).join(''));
    };
    await drain(source, file, detector, onEvents);
    if (!detector.seenKernel) {
      unknown += 1;
      const what = `${nameOf(file)}: no kernel line in ${detector.bytes} bytes, so nothing is known of that kernel (not the same as clean)\n`;
      (options.stderr ?? process.stderr).write(what);
    }
  }
  if (faults > 0) return 1;
  return unknown > 0 ? 125 : 0;
}

/** A crash or hang of its own, not what merely follows from another. */
const isFault = (event: KernelEvent): boolean => (event.class === 'crash' || event.class === 'hang') && event.consequenceOf === undefined;

const nameOf = (file: string): string => (file === '-' ? 'standard input' : file);

async function checkReadable(file: string): Promise<void> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new UsageError(`cannot read ${file}: ${codeOf(cause) === 'ENOENT' ? 'there is no such file' : codeOf(cause)}`, { cause });
  });
  if (found.isDirectory()) throw new UsageError(`cannot read ${file}: it is a directory; name the console logs in it`);
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
  try {
    for await (const chunk of source) {
      clearTimeout(quiet);
      hand(detector.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
      await writing;
      if (failure !== undefined) throw failure;
      quiet = setTimeout(() => hand(detector.flush()), QUIET_MS);
    }
  } catch (cause) {
    // Only the system's errors carry a code; anything else is a defect and must look like one.
    if (failure !== undefined || !(cause instanceof Error && 'code' in cause)) throw failure ?? cause;
    throw new UsageError(`cannot read ${nameOf(file)}: ${codeOf(cause)}`, { cause });
  } finally {
    clearTimeout(quiet);
  }
  hand(detector.end());
  await writing;
  if (failure !== undefined) throw failure;
}

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
