/**
 * flexnbd's control socket (src/server/control.c): lines of a command and its arguments, ended by an empty one; the answer is `0: words` or, where
 * it failed, another number.
 */
import { createConnection } from 'node:net';
import { explain, InfraError } from '../../results/errors.ts';

const ANSWER_LIMIT_MS = 10_000;
const ANSWER_LIMIT_BYTES = 65_536;

/** src/server/status.h; of a mirror only while there is one. */
export interface FlexnbdStatus {
  readonly pid: number;
  readonly size_bytes: number;
  /** false for one that listens for a mirror, until that is complete */
  readonly hasControl: boolean;
  readonly clientsAllowed: boolean;
  readonly clients: number;
  readonly mirror?: { readonly speed_Bps: number; readonly for_s: number; readonly left_s: number; readonly left_bytes: number };
}

/** Reads `pid=1 size=2 is_mirroring=false …`; pure. Throws InfraError for anything else. */
export function parseStatus(words: string): FlexnbdStatus {
  const values = new Map([...words.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]));
  const value = (name: string): string => {
    const found = values.get(name);
    if (found === undefined) throw new InfraError(`flexnbd's status says no ${name}: ${JSON.stringify(words)}`);
    return found;
  };
  const count = (name: string): number => {
    if (!/^\d+$/.test(value(name))) throw new InfraError(`flexnbd's status is no figure at ${name}: ${JSON.stringify(words)}`);
    return Number(value(name));
  };
  return {
    pid: count('pid'),
    size_bytes: count('size'),
    hasControl: value('has_control') === 'true',
    clientsAllowed: value('clients_allowed') === 'true',
    clients: count('num_clients'),
    ...(value('is_mirroring') === 'true'
      ? {
          mirror: {
            speed_Bps: count('migration_speed'),
            for_s: count('migration_duration'),
            left_s: count('migration_seconds_left'),
            left_bytes: count('migration_bytes_left'),
          },
        }
      : {}),
  };
}

export const status = async (socket: string): Promise<FlexnbdStatus> => parseStatus(await ask(socket, ['status']));

/** Who may connect from now on; everybody where the list is empty. */
export const acl = async (socket: string, addresses: readonly string[]): Promise<void> => {
  await ask(socket, ['acl', ...addresses]);
};

/**
 * Copies the disk to a `flexnbd listen`, with what is written meanwhile, and ends: returns as soon as that has begun. Afterwards `after` says what
 * becomes of the server. Throws InfraError with its words.
 */
export const mirror = async (
  socket: string,
  to: { host: string; port: number },
  after: 'exit' | 'unlink' | 'nothing' = 'exit',
): Promise<void> => {
  await ask(socket, ['mirror', to.host, String(to.port), after]);
};

/** Gives a mirror up. Throws InfraError where there is none. */
export const breakMirror = async (socket: string): Promise<void> => {
  await ask(socket, ['break']);
};

/** One command; gives the words of its answer. */
async function ask(path: string, lines: readonly string[]): Promise<string> {
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = createConnection(path);
    const fail = (why: string) => {
      socket.destroy();
      reject(new InfraError(`flexnbd's control socket ${path}: ${why}`));
    };
    socket.setTimeout(ANSWER_LIMIT_MS, () => fail(`no answer to ${lines[0]} in ${ANSWER_LIMIT_MS / 1000} s`));
    socket.setEncoding('latin1');
    socket.on('error', (error) => fail(explain(error)));
    socket.on('connect', () => socket.write(`${lines.join('\n')}\n\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > ANSWER_LIMIT_BYTES) fail('an answer without end');
    });
    socket.on('close', () => resolve(text));
  });
  const [, code, words = ''] = /^(\d+): (.*)/.exec(answer) ?? [];
  if (code !== '0') throw new InfraError(`flexnbd refused ${lines.join(' ')}: ${words.trim() || JSON.stringify(answer)}`);
  return words;
}
