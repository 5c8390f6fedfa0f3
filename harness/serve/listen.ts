/** Where the page is to be had: an address and a port, and the life of the server there. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { explain, InfraError, UsageError, whyUnread } from '../../results/errors.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const USUAL: Address = { host: '127.0.0.1', port: 7600 };
const SHORTEST_TOKEN = 16;
const TOKEN_BYTES = 24;
const LAST_WORDS_MS = 500;

/** `127.0.0.1:7600`, `[::1]:7600`, `localhost:0`, `:7600` (loopback) or `7600`. Throws UsageError. */
export function addressOf(said: string | undefined): Address {
  if (said === undefined) return USUAL;
  const [, bracketed, plain, port] = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(said) ?? [];
  if (port === undefined || Number(port) > 65_535)
    throw new UsageError(`--listen ${said}: say an address and a port, such as 127.0.0.1:7600, [::1]:7600 or 0.0.0.0:7600`);
  if (bracketed !== undefined && isIP(bracketed) !== 6) throw new UsageError(`--listen ${said}: [${bracketed}] is no IPv6 address`);
  return { host: (bracketed ?? plain) || USUAL.host, port: Number(port) };
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether only this machine reaches it. A name may be anything, but for `localhost` (RFC 6761). */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6'));

/** The token that is wanted at `host`: that of the file, a new one where strangers can come, none at all on loopback. Throws UsageError. */
export function tokenFor(host: string, file: string | undefined): string | undefined {
  if (file === undefined) return isLoopback(host) ? undefined : randomBytes(TOKEN_BYTES).toString('base64url');
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new UsageError(`--token-file ${file}: ${whyUnread(cause)}`);
  }
  if (token.length < SHORTEST_TOKEN || !/^[\w.~+/=-]+$/.test(token))
    throw new UsageError(`--token-file ${file}: a token has at least ${SHORTEST_TOKEN} letters, digits or -._~+/= and nothing else`);
  return token;
}

/** The address that opens the page for whoever has it. */
export const opening = (url: string, token: string): string => `${url}?token=${encodeURIComponent(token)}`;

export interface Serving extends AsyncDisposable {
  readonly url: string;
}

/** Serves `app` at `address`. Throws UsageError where that is taken or not this machine's. */
export async function listen(app: Hono, { host, port }: Address): Promise<Serving> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(refusal(cause, { host, port })));
    server.listen(port, host, resolve);
  });
  const at = server.address();
  const actual = typeof at === 'object' && at !== null ? at.port : port;
  return {
    url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${actual}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        // streams end by themselves once the server is to; a reader that does not take the end of one is cut off
        const late = setTimeout(() => server.closeAllConnections(), LAST_WORDS_MS);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
      }),
  };
}

function refusal(cause: NodeJS.ErrnoException, { host, port }: Address): Error {
  const where = `${host}:${port}`;
  if (cause.code === 'EADDRINUSE')
    return new UsageError(`serve: ${where} is taken, by another serve perhaps; --listen ${host}:0 takes a free port`, { cause });
  if (cause.code === 'EADDRNOTAVAIL' || cause.code === 'ENOTFOUND')
    return new UsageError(`serve: ${host} is no address of this machine`, { cause });
  if (cause.code === 'EACCES') return new UsageError(`serve: ${where} needs root; ports from 1024 on do not`, { cause });
  return new InfraError(`serve: cannot listen at ${where}: ${explain(cause)}`, { cause });
}
