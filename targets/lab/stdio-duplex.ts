/** A program's stdin and stdout as one stream, for a client that wants a socket. */
import { Duplex } from 'node:stream';
import type { Job } from '../target.ts';

export class StdioDuplex extends Duplex {
  readonly #job: Job;

  constructor(job: Job) {
    super();
    this.#job = job;
    job.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) job.stdout.pause();
    });
    job.stdout.on('end', () => this.push(null));
    job.stdout.on('error', () => this.destroy());
    void job.done.then(() => this.destroy());
  }

  override _read(): void {
    this.#job.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#job.stdin === undefined) callback(new Error('the program has no input'));
    else this.#job.stdin.write(chunk, callback);
  }

  override _final(callback: () => void): void {
    this.#job.stdin?.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    void this.#job.stop().then(() => callback(error));
  }
}
