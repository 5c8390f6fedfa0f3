/** Reads what nbdkit's log filter writes: nbdkit-log-filter(1), LOG FILE FORMAT. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline/promises';

/** One line of a tail's log: a request that came, or its reply that left. */
export interface TailRequest {
  /** milliseconds of the Unix epoch; the server's clock gives microseconds */
  readonly at_ms: number;
  readonly what: 'request' | 'reply';
  /** `read`, `write`, `flush`, `trim`, `zero`, `extents`, `cache` */
  readonly op: string;
  /** unique in its connection, the same for a request and its reply */
  readonly id: number;
  /** counted on when the server was started again */
  readonly connection: number;
  /** of a request; a flush has neither */
  readonly offset?: number;
  readonly bytes?: number;
  /** of a reply: the error that the client is told, `EIO` */
  readonly failed?: string;
}

const LINE =
  /^(?<day>\d{4}-\d\d-\d\d) (?<second>\d\d:\d\d:\d\d)\.(?<micros>\d{6}) (?:(?<ready>Ready)\b|connection=(?<connection>\d+) (?:(?<connect>Connect) |(?<reply>\.{3})?(?<op>[A-Z]\w*) id=(?<id>\d+)(?<rest>.*)$))/;

/** A parser of lines in their order; pure but for the number of connections, since a server that is started again counts from one. */
export function logParser(): (line: string) => TailRequest | undefined {
  let earlier = 0;
  let latest = 0;
  return (line) => {
    const { day, second, micros, ready, connection, connect, reply, op, id, rest = '' } = LINE.exec(line)?.groups ?? {};
    if (ready !== undefined) earlier = latest;
    if (connection === undefined) return undefined;
    latest = Math.max(latest, earlier + Number(connection));
    if (connect !== undefined || op === undefined) return undefined;
    // a line of a request ends with dots: one that does not was cut off as the server died
    if (reply === undefined && !rest.endsWith(' ...')) return undefined;
    if (reply !== undefined && !/ return=-?\d+( error=\w+)?$/.test(rest)) return undefined;
    const [offset, bytes] = ['offset', 'count'].map((name) => new RegExp(` ${name}=(0x[0-9a-f]+)`).exec(rest)?.[1]);
    const failed = / return=-1(?: error=(\w+))?/.exec(rest);
    return {
      at_ms: Date.parse(`${day}T${second}Z`) + Number(micros) / 1000,
      what: reply === undefined ? 'request' : 'reply',
      op: op.toLowerCase(),
      id: Number(id),
      connection: earlier + Number(connection),
      ...(offset === undefined ? {} : { offset: Number(offset) }),
      ...(bytes === undefined ? {} : { bytes: Number(bytes) }),
      ...(failed === null ? {} : { failed: failed[1] ?? 'unknown' }),
    };
  };
}

/** All of a log file, until now. */
export async function readLog(path: string): Promise<TailRequest[]> {
  const parse = logParser();
  const requests: TailRequest[] = [];
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
    const request = parse(line);
    if (request !== undefined) requests.push(request);
  }
  return requests;
}
