/** QEMU's machine protocol (docs/interop/qmp-spec): one JSON object a line, commands answered in order, events in between. */
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { explain, InfraError } from '../../results/errors.ts';

export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const COMMAND_LIMIT_MS = 20_000;
/** A reply is short; more than this without a newline is not QMP. */
const LINE_LIMIT_BYTES = 1_000_000;

export class Qmp {
  readonly #socket: Socket;
  readonly #waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  #text = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new InfraError('QEMU closed its control socket')));
  }

  /** Connects and negotiates. Throws InfraError when nobody answers. */
  static async connect(path: string, limit_ms: number): Promise<Qmp> {
    const qmp = new Qmp(await connectUnix(path, limit_ms));
    await qmp.command('qmp_capabilities');
    return qmp;
  }

  /** Sends one command and gives its `return`. Throws InfraError with QEMU's words when it refuses, or does not answer in time. */
  async command(execute: string, args?: Record<string, unknown>, limit_ms = COMMAND_LIMIT_MS): Promise<unknown> {
    if (this.#socket.destroyed) throw new InfraError(`QEMU is gone, cannot ask it to ${execute}`);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(new InfraError(`QEMU did not answer ${execute} in ${limit_ms / 1000} s`)), limit_ms);
        this.#waiting.push({ resolve, reject });
        this.#socket.write(`${JSON.stringify({ execute, ...(args === undefined ? {} : { arguments: args }) })}\n`);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  subscribe(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: string): void {
    this.#text += chunk;
    if (this.#text.length > LINE_LIMIT_BYTES) this.#socket.destroy();
    for (let end = this.#text.indexOf('\n'); end >= 0; end = this.#text.indexOf('\n')) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      this.#handle(line);
    }
  }

  #handle(line: string): void {
    let message: { event?: string; data?: Record<string, unknown>; return?: unknown; error?: { desc?: string } };
    try {
      message = JSON.parse(line);
    } catch (cause) {
      this.#fail(new InfraError(`QEMU's control socket spoke no JSON: ${explain(cause)}`, { cause }));
      return;
    }
    if (message.event !== undefined) {
      for (const listener of this.#listeners) listener({ event: message.event, data: message.data ?? {} });
    } else if (message.error !== undefined) {
      this.#waiting.shift()?.reject(new InfraError(`QEMU: ${message.error.desc ?? 'command refused'}`));
    } else if ('return' in message) {
      this.#waiting.shift()?.resolve(message.return);
    }
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** Connects to a UNIX socket that its server may not have made yet. */
export async function connectUnix(path: string, limit_ms: number): Promise<Socket> {
  const end = performance.now() + limit_ms;
  for (;;) {
    try {
      return await new Promise<Socket>((resolve, reject) => {
        const socket = createConnection(path);
        socket.once('connect', () => {
          socket.off('error', reject);
          // the other end may be gone before anybody listens here; that it is closed tells as much
          socket.on('error', () => undefined);
          resolve(socket);
        });
        socket.once('error', reject);
      });
    } catch (cause) {
      if (performance.now() >= end) throw new InfraError(`no answer on ${path} in ${limit_ms / 1000} s: ${explain(cause)}`, { cause });
      await sleep(5);
    }
  }
}
