/**
 * The gate of nbdkit's pause filter. Two faults share it: a pause shuts it, a delay shuts it over and over.
 *
 * nbdkit's delay filter is fixed when the server starts. A gate that is shut for the delay's length, again and again, makes each synchronous
 * request wait as long: it arrives just after the last one was let go.
 */
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { explain, InfraError } from '../../results/errors.ts';

const CONTROL_LIMIT_MS = 10_000;
/** Between two delays what has waited goes through. */
const DELAY_GAP_MS = 1;

export class Gate {
  readonly #path: string;
  #paused = false;
  #delay: AbortController | undefined;
  #delayEnded: Promise<void> = Promise.resolve();

  /** `path` is the filter's control socket. */
  constructor(path: string) {
    this.#path = path;
  }

  async pause(paused: boolean): Promise<void> {
    this.#paused = paused;
    // a delay opens it in its own time
    if (paused || this.#delay === undefined) await this.#send(paused ? 'p' : 'r');
  }

  /** Zero is none. Throws InfraError where the server has died during the delay that this one ends. */
  async delay(delay_ms: number): Promise<void> {
    this.#delay?.abort();
    this.#delay = undefined;
    await this.#delayEnded;
    if (delay_ms === 0) return;
    this.#delay = new AbortController();
    this.#delayEnded = this.#stutter(delay_ms, this.#delay.signal);
    this.#delayEnded.catch(() => undefined); // a server that died meanwhile is told to whoever heals it
  }

  /** The server is to die: nothing is sent any more, and nothing told. */
  forget(): void {
    this.#delay?.abort();
    this.#delay = undefined;
    this.#delayEnded = Promise.resolve();
    this.#paused = false;
  }

  async #stutter(delay_ms: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#send('p');
      await sleep(delay_ms, undefined, { signal }).catch(() => undefined); // healed early
      if (!this.#paused) await this.#send('r');
      await sleep(DELAY_GAP_MS);
    }
  }

  /** The filter echoes the letter in upper case once that is in force; for `p`, once the requests that it has let through are done. */
  async #send(letter: 'p' | 'r'): Promise<void> {
    const path = this.#path;
    await new Promise<void>((resolve, reject) => {
      const socket = createConnection(path);
      const fail = (why: string) => {
        socket.destroy();
        reject(new InfraError(`the tail's pause control ${path} failed: ${why}`));
      };
      socket.setTimeout(CONTROL_LIMIT_MS, () => fail(`no answer in ${CONTROL_LIMIT_MS / 1000} s`));
      socket.on('error', (error) => fail(explain(error)));
      socket.on('close', () => fail('closed without an answer'));
      socket.on('connect', () => socket.write(letter));
      socket.on('data', (data) => {
        if (data.toString() !== letter.toUpperCase()) return fail(`unexpected answer ${JSON.stringify(data.toString())}`);
        socket.end();
        resolve();
      });
    });
  }
}
