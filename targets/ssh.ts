/** Management of a machine by SSH: one connection, many channels. */
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

/** Connects over `socket`. The host key must be `hostKey`. Throws InfraError when there is no session in `limit_s`. */
export async function connectSsh(options: {
  readonly socket: Duplex;
  readonly name: string;
  readonly key: Key;
  readonly hostKey: Key;
  readonly limit_s: number;
}): Promise<Channel & { readonly broken: Promise<string> }> {
  const client: SshClient = new Client();
  client.setMaxListeners(0); // every open session listens for the end of the connection
  const broken = new Promise<string>((resolve) => {
    client.on('error', (error) => resolve(explain(error)));
    client.on('close', () => resolve('the connection was closed'));
  });
  const readyTimeout = Math.ceil(options.limit_s * 1000);
  const ready = new Promise<void>((resolve) => client.once('ready', resolve));
  client.connect({
    sock: options.socket,
    username: 'root',
    privateKey: options.key.private,
    authHandler: ['publickey'],
    hostVerifier: (blob: Buffer) => isHostKey(blob, options.hostKey),
    readyTimeout,
    keepaliveInterval: 0,
    algorithms: { serverHostKey: ['ssh-ed25519'], kex: ['curve25519-sha256'], cipher: ['chacha20-poly1305@openssh.com', 'aes128-ctr'] },
  });
  const why = await Promise.race([ready.then(() => undefined), broken]);
  if (why !== undefined) {
    client.destroy();
    throw new InfraError(`${options.name}: management by SSH did not answer: ${why}`);
  }
  return {
    broken,
    run: async (argv, { limit_s, input, repeatable }) => {
      const once = () => runOn(client, options.name, argv, limit_s, input);
      return repeatable ? await once().catch((error) => (error instanceof WithoutCode ? once() : Promise.reject(error))) : await once();
    },
    start: (argv, { limit_s, name }) => startOn(client, options.name, argv, limit_s, name),
    close: () => client.destroy(),
  };
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

/**
 * Opens a session that runs `text`. dropbear (2022.83) sometimes closes a session that takes the place of one whose program was killed, before
 * it has looked at the request: that one is asked for again.
 */
async function open(client: SshClient, name: string, text: string, limit_s: number): Promise<ClientChannel> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await openOnce(client, name, text, limit_s);
    } catch (error) {
      if (tries === OPEN_TRIES || !explain(error).includes(NOT_EXECUTED)) throw error;
      await sleep(OPEN_PAUSE_MS);
    }
  }
}

/** ssh2's words for a session that was refused, as against a connection that broke. */
const NOT_EXECUTED = 'Unable to exec';
const OPEN_TRIES = 5;
const OPEN_PAUSE_MS = 50;

/** A session that is opened on a dead machine may never call back; `limit_s` bounds that too. */
async function openOnce(client: SshClient, name: string, text: string, limit_s: number): Promise<ClientChannel> {
  let timer: NodeJS.Timeout | undefined;
  let gone: (cause?: Error) => void = () => undefined;
  try {
    return await new Promise<ClientChannel>((resolve, reject) => {
      gone = (cause) => reject(new InfraError(`${name}: management broke: ${cause === undefined ? 'closed' : explain(cause)}`));
      timer = setTimeout(() => reject(new InfraError(`${name}: management did not open a session in ${limit_s} s`)), limit_s * 1000);
      client.once('close', gone);
      try {
        client.exec(text, (error, channel) => {
          if (error !== undefined) gone(error);
          else resolve(channel);
        });
      } catch (cause) {
        gone(cause as Error);
      }
    });
  } finally {
    clearTimeout(timer);
    client.off('close', gone);
  }
}

async function startOn(client: SshClient, name: string, argv: readonly string[], limit_s: number, jobName?: string): Promise<Job> {
  jobs += 1;
  const job = `${jobName ?? 'job'}.${jobs}`;
  const channel = await open(client, name, command(argv, limit_s, job, jobName), OPEN_LIMIT_S);
  let stderr = '';
  channel.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_KEPT_BYTES);
  });
  const done = new Promise<{ code: number | null; stderr: string; timedOut: boolean }>((resolve) => {
    let code: number | null = null;
    let ended = '';
    const finish = () => resolve({ code, stderr: stderr.trim() || ended, timedOut: code === 124 || code === 137 });
    channel.on('exit', (value: number | null, signal?: string) => {
      // as a shell counts: timeout(1) that had to kill with SIGKILL (9) dies of it itself
      code = value ?? (signal === 'KILL' ? 137 : null);
      if (code === null) ended = `it was ended by signal ${signal}`;
    });
    channel.on('close', finish);
    channel.on('error', finish);
    client.once('close', finish);
  });
  const stop = async (): Promise<void> => {
    // what nobody reads would keep the session from ending
    channel.resume();
    // dropbear passes no signals on, so a second session ends the job; where that is not to be had, the machine's own timeout will
    const ended = open(client, name, kill(job), GRACE_S)
      .then((killer) => killer.resume())
      .catch(() => undefined);
    await Promise.race([Promise.all([ended, done]), new Promise((resolve) => setTimeout(resolve, GRACE_S * 1000).unref())]);
    channel.close();
  };
  return { stdin: channel.stdin, stdout: channel, done, stop };
}

/** A session that ended, and told no exit code; or its connection did. */
class WithoutCode extends InfraError {}

async function runOn(client: SshClient, name: string, argv: readonly string[], limit_s: number, input?: string): Promise<Output> {
  const job = await startOn(client, name, argv, limit_s);
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
