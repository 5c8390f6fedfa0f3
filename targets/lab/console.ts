/** A machine's serial console: every byte to a file and to whoever listens, from the first one on. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { explain, InfraError } from '../../results/errors.ts';
import type { Console } from '../target.ts';

const GATHER_MS = 10;

export class SerialConsole implements Console, Disposable {
  readonly path: string;
  readonly #fd: number;
  readonly #listeners = new Set<(chunk: Buffer) => void>();
  #gathered: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #bytes = 0;
  #open = true;

  /** `fault` is told when the file cannot be written: what is not on disk must not be judged. */
  constructor(path: string, fault: (error: Error) => void) {
    this.path = path;
    try {
      this.#fd = openSync(path, 'w', 0o644);
    } catch (cause) {
      throw new InfraError(`cannot write the console ${path}: ${explain(cause)}`, { cause });
    }
    this.subscribe((chunk) => {
      try {
        for (let done = 0; done < chunk.length; ) done += writeSync(this.#fd, chunk, done);
      } catch (cause) {
        fault(new InfraError(`cannot write the console ${path}: ${explain(cause)}`, { cause }));
      }
    });
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Reads `socket` from now on, and tells when it ends. QEMU sends a serial line byte by byte; they are gathered, so that the work is done per piece. */
  attach(socket: Socket, ended: () => void): void {
    socket.on('data', (chunk: Buffer) => {
      this.#gathered.push(chunk);
      this.#timer ??= setTimeout(() => this.#pass(), GATHER_MS);
    });
    socket.on('close', () => {
      this.#pass();
      ended();
    });
    socket.on('error', () => {
      // QEMU is gone; its control socket and its exit tell that
    });
  }

  subscribe(listener: (chunk: Buffer) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #pass(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const chunk = Buffer.concat(this.#gathered);
    this.#gathered = [];
    if (!this.#open || chunk.length === 0) return;
    this.#bytes += chunk.length;
    for (const listener of this.#listeners) listener(chunk);
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#pass();
    this.#open = false;
    closeSync(this.#fd);
  }
}
