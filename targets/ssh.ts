/** Management of a machine by SSH. */
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2, { type ClientChannel, type Client as SshClient } from 'ssh2';
import { explain, InfraError } from '../results/errors.ts';
import { isHostKey, type Key } from './keys.ts';
import { quote } from './quote.ts';
import type { Channel, Job, Output } from './target.ts';

// ssh2 is CommonJS: named imports of values pass the type checker and fail in Node
const { Client } = ssh2;

const OUTPUT_LIMIT_BYTES = 4_000_000;
const STDERR_KEPT_BYTES = 4096;
/** From SIGTERM to SIGKILL on the machine, and how much later than the machine the controller gives up. */
const GRACE_S = 2;
const PATIENCE_S = 5;
const OPEN_LIMIT_S = 30;

export interface SshOptions {
  /** another connection to the machine's SSH server; throws InfraError when there is none in `limit_s` */
  readonly dial: (limit_s: number) => Promise<Duplex>;
  readonly name: string;
  readonly key: Key;
  readonly hostKey: Key;
}

/** Management of a machine whose host key must be `hostKey`. Throws InfraError when there is no session in `limit_s`. */
export async function connectSsh(options: SshOptions, limit_s: number): Promise<Channel> {
  const connections = new Connections(options);
  connections.give(await connections.take(limit_s));
  return {
    run: (argv, { limit_s: own_s, input }) => runOn(connections, argv, own_s, input),
    start: (argv, { limit_s: own_s, name }) => startOn(connections, argv, own_s, name),
    close: () => connections.close(),
  };
}

/**
 * Connections to one machine, each of which carries one session at a time. That is what makes them sound: dropbear (2022.83, svr-chansession.c,
 * sesscheckclose()) closes a session that has no program yet when the program of another one ends, and where the request for its program is on its way
 * by then, an assertion ends the connection and all that is on it.
 */
class Connections {
  readonly name: string;
  readonly #options: SshOptions;
  readonly #all = new Set<SshClient>();
  readonly #idle: SshClient[] = [];
  readonly #waiting: PromiseWithResolvers<SshClient>[] = [];
  /** one at a time: dropbear refuses an address that has five unauthenticated connections */
  #dialling = false;
  #closed = false;

  constructor(options: SshOptions) {
    this.#options = options;
    this.name = options.name;
  }

  /** One without a session: given back by another, or else made. It must be given back, or discarded. Throws InfraError. */
  async take(limit_s: number): Promise<SshClient> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#closed) throw new InfraError(`${this.name}: management was closed`);
    const wanted = Promise.withResolvers<SshClient>();
    this.#waiting.push(wanted);
    void this.#provide(limit_s);
    return await wanted.promise;
  }

  give(client: SshClient): void {
    if (!this.#all.has(client)) return;
    const wanted = this.#waiting.shift();
    if (wanted === undefined) this.#idle.push(client);
    else wanted.resolve(client);
  }

  /** Dials while somebody waits for a connection; a dial that fails fails for all who wait. */
  async #provide(limit_s: number): Promise<void> {
    if (this.#dialling) return;
    this.#dialling = true;
    while (this.#waiting.length > 0)
      try {
        this.give(await this.#dial(limit_s));
      } catch (error) {
        for (const wanted of this.#waiting.splice(0)) wanted.reject(error);
      }
    this.#dialling = false;
  }

  discard(client: SshClient): void {
    this.#forget(client);
    client.destroy();
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#all) this.discard(client);
  }

  #forget(client: SshClient): void {
    this.#all.delete(client);
    const at = this.#idle.indexOf(client);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  async #dial(limit_s: number): Promise<SshClient> {
    const { dial, name, key, hostKey } = this.#options;
    const end_ms = performance.now() + limit_s * 1000;
    const sock = await dial(limit_s);
    const client: SshClient = new Client();
    this.#all.add(client);
    const broken = new Promise<string>((resolve) => {
      client.on('error', (error) => resolve(explain(error)));
      client.on('close', () => resolve('the connection was closed'));
    });
    void broken.then(() => this.#forget(client));
    const ready = new Promise<void>((resolve) => client.once('ready', resolve));
    client.connect({
      sock,
      username: 'root',
      privateKey: key.private,
      authHandler: ['publickey'],
      hostVerifier: (blob: Buffer) => isHostKey(blob, hostKey),
      readyTimeout: Math.max(1, Math.ceil(end_ms - performance.now())),
      keepaliveInterval: 0,
      algorithms: { serverHostKey: ['ssh-ed25519'], kex: ['curve25519-sha256'], cipher: ['chacha20-poly1305@openssh.com', 'aes128-ctr'] },
    });
    const why = await Promise.race([ready.then(() => undefined), broken]);
    if (why === undefined && !this.#closed) return client;
    this.discard(client);
    throw new InfraError(`${name}: management by SSH did not answer: ${why ?? 'it was closed meanwhile'}`);
  }
}

/** Where a machine keeps the process group of each job, one file each. */
const JOBS = '/run/stormproof/jobs';
let jobs = 0;

/**
 * What the machine's shell is asked to do: the job is bounded by the machine itself, stands in a process group of its own (timeout(1) makes
 * one) whose number is kept so that it can be ended, and is open to the OOM killer again, which management is not.
 */
function command(argv: readonly string[], limit_s: number, job: string, name: string | undefined): string {
  return [
    'echo 0 > /proc/self/oom_score_adj',
    ...(name === undefined ? [] : [`for f in ${JOBS}/${name}.*; do [ -e $f ] && kill -s KILL -- -$(cat $f) 2>/dev/null; rm -f $f; done`]),
    `echo $$ > ${JOBS}/${job}`,
    `exec ${quote(['timeout', '-k', String(GRACE_S), String(Math.ceil(limit_s)), ...argv])}`,
  ].join('; ');
}

/** Ends a job that may be so young that its group does not exist yet: tried until it does, or until the job is gone, for a second or two. */
const kill = (job: string): string =>
  `i=0; while [ $i -lt 100 ]; do i=$((i+1)); p=$(cat ${JOBS}/${job} 2>/dev/null) && { kill -s KILL -- -$p || ! kill -0 $p; } && break; sleep 0.02; done 2>/dev/null; rm -f ${JOBS}/${job}`;

interface Session {
  readonly channel: ClientChannel;
  /** when it is over, however that came: the program's exit code or signal, as far as they were told */
  readonly done: Promise<Ending>;
}

interface Ending {
  readonly code?: number | null;
  readonly signal?: string;
}

/** A session that runs `text` on a connection of its own, which takes the next one once this program has ended. Throws InfraError. */
async function begin(connections: Connections, text: string, limit_s: number): Promise<Session> {
  const client = await connections.take(limit_s);
  let session: Session;
  try {
    session = await open(client, connections.name, text, limit_s);
  } catch (error) {
    connections.discard(client);
    throw error;
  }
  const done = session.done.then((ending) => {
    // whose program may still run carries no other: see Connections
    if (ending.code === undefined) connections.discard(client);
    else connections.give(client);
    return ending;
  });
  return { ...session, done };
}

/** On a dead machine ssh2 may never call back; `limit_s` bounds that too. */
async function open(client: SshClient, name: string, text: string, limit_s: number): Promise<Session> {
  const opened = Promise.withResolvers<Session>();
  const gone = (cause?: Error) =>
    opened.reject(new InfraError(`${name}: management broke: ${cause === undefined ? 'closed' : explain(cause)}`));
  const late = () => opened.reject(new InfraError(`${name}: management did not open a session in ${limit_s} s`));
  const timer = setTimeout(late, limit_s * 1000);
  client.once('close', gone);
  try {
    client.exec(text, (error, channel) => {
      if (error !== undefined) gone(error);
      // at once: what the machine told in the same breath is told to listeners before any promise is kept
      else opened.resolve({ channel, done: ending(client, channel) });
    });
  } catch (cause) {
    gone(cause as Error);
  }
  return await opened.promise.finally(() => {
    clearTimeout(timer);
    client.off('close', gone);
  });
}

/**
 * How the session of a channel ends. That is left to the machine: Node destroys a stream that has ended both ways, which ssh2 (1.17) takes for a wish to
 * close the channel, and where that comes before the server has waited for its program, the exit code is lost.
 */
async function ending(client: SshClient, channel: ClientChannel): Promise<Ending> {
  channel.destroy = () => channel;
  const over = Promise.withResolvers<void>();
  const end = () => over.resolve();
  let told: Ending = {};
  channel.once('exit', (code: number | null, signal?: string) => {
    told = { code, ...(signal === undefined ? {} : { signal }) };
  });
  channel.once('close', end);
  channel.on('error', end);
  client.once('close', end);
  await over.promise;
  client.off('close', end);
  return told;
}

async function startOn(connections: Connections, argv: readonly string[], limit_s: number, jobName?: string): Promise<Job> {
  jobs += 1;
  const job = `${jobName ?? 'job'}.${jobs}`;
  const { channel, done: over } = await begin(connections, command(argv, limit_s, job, jobName), OPEN_LIMIT_S);
  let stderr = '';
  channel.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_KEPT_BYTES);
  });
  const done = over.then(({ code: told = null, signal }) => {
    // as a shell counts: timeout(1) that had to kill with SIGKILL (9) dies of it itself
    const code = told ?? (signal === 'SIGKILL' ? 137 : null);
    const ended = code === null && signal !== undefined ? `it was ended by signal ${signal}` : '';
    return { code, stderr: stderr.trim() || ended, timedOut: code === 124 || code === 137 };
  });
  const stop = async (): Promise<void> => {
    // what nobody reads would keep the session from ending
    channel.resume();
    // dropbear passes no signals on, so a second session ends the job; where that is not to be had, the machine's own timeout will
    const killed = begin(connections, kill(job), GRACE_S).then(
      (killer) => {
        killer.channel.resume();
        return killer.done;
      },
      () => undefined,
    );
    await Promise.race([Promise.all([killed, done]), sleep(GRACE_S * 1000, undefined, { ref: false })]);
    channel.close();
  };
  return { stdin: channel.stdin, stdout: channel, done, stop };
}

async function runOn(connections: Connections, argv: readonly string[], limit_s: number, input?: string): Promise<Output> {
  const { name } = connections;
  const job = await startOn(connections, argv, limit_s);
  let stdout = '';
  job.stdout.setEncoding('utf8');
  job.stdout.on('data', (text: string) => {
    if (stdout.length < OUTPUT_LIMIT_BYTES) stdout += text;
  });
  job.stdin?.end(input ?? '');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), (limit_s + GRACE_S + PATIENCE_S) * 1000);
  });
  const end = await Promise.race([job.done, late]);
  clearTimeout(timer);
  if (end === undefined) {
    void job.stop();
    throw new InfraError(`${name}: "${argv.slice(0, 3).join(' ')}" did not end in ${limit_s} s`);
  }
  if (end.code === null)
    throw new InfraError(`${name}: management broke during "${argv.slice(0, 3).join(' ')}"${end.stderr && `: ${end.stderr}`}`);
  return { code: end.code, stdout, stderr: end.stderr };
}
