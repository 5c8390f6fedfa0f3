/** Who may ask, and what a browser may do with an answer. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

export interface Door {
  /** what must be shown; undefined where everybody who comes through loopback may look */
  readonly token: string | undefined;
}

const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]', '::1'];

/** On every answer. The page's scripts and styles are files of its own, and nothing that is text can become markup (Trusted Types). */
const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
} as const;

const pagePolicy = (scriptHash: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' '${scriptHash}'`,
    ...["style-src 'self'", "connect-src 'self'", "img-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
    ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
  ].join('; ');

/**
 * For a file of a run, which anybody may have written: a report's own script and style work, but in an origin of its own, so that it can read
 * neither this page nor its cookie, and it can load nothing. No policy keeps a script from leading its own tab elsewhere.
 */
export const FILE_POLICY = [
  'sandbox allow-scripts',
  "default-src 'none'",
  ...[
    "script-src 'unsafe-inline'",
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ],
  "frame-ancestors 'none'",
].join('; ');

/** Refuses what is not for us, and dresses up every answer. `scriptHash` is that of the page's one inline element, its import map. */
export function guard({ token }: Door, scriptHash: string): MiddlewareHandler {
  const policy = pagePolicy(scriptHash);
  return async (c, next) => {
    const refusal = refusalOf(c, token);
    if (refusal === undefined) await next();
    else c.res = refusal;
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    if (!c.res.headers.has('Content-Security-Policy')) c.res.headers.set('Content-Security-Policy', policy);
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
  };
}

function refusalOf(c: Context, token: string | undefined): Response | undefined {
  // a HEAD would be a GET whose answer nobody reads, and a stream has no end
  if (c.req.raw.method !== 'GET') return c.text('This server only shows: GET.\n', 405, { Allow: 'GET' });
  if (token === undefined) {
    // A page of somebody else's whose name was made to point here (DNS rebinding) has its own name in this header.
    if (isLoopbackName(c.req.header('host'))) return undefined;
    return c.text('This server answers to localhost and to addresses of loopback only.\n', 421);
  }
  const cookie = `stormproof-${digest('name', token).toString('hex').slice(0, 8)}`; // cookies are shared by all ports of a host
  // a token has no spaces: what came as one is a plus sign that was not written as %2B
  const shown = c.req.query('token')?.replaceAll(' ', '+');
  if (shown !== undefined && same(shown, token)) {
    // Lax: a browser that follows a link in a message to here would keep a strict one back from the very page that it is sent to
    setCookie(c, cookie, token, { httpOnly: true, sameSite: 'Lax', path: '/' });
    return c.redirect(withoutToken(c.req.url), 303);
  }
  if (same(getCookie(c, cookie) ?? '', token)) return undefined;
  return c.text('A token is wanted: open the address that stormproof serve printed, with its ?token=.\n', 401);
}

/** Where to go on without the token, which must not stay in the address, the browser's history and whatever is copied from them: here, by its path alone. */
function withoutToken(url: string): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.delete('token');
  const path = pathname.replace(/^\/{2,}/, '/'); // two of them would lead to another host
  return searchParams.size === 0 ? path : `${path}?${searchParams}`;
}

/** The `Host` of a request, whatever its port: a tunnel may end at another one. */
function isLoopbackName(host: string | undefined): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[^:]*)(?::\d{1,5})?$/i.exec(host ?? '')?.[1]?.toLowerCase() ?? '';
  return LOOPBACK_NAMES.includes(name) || (isIP(name) === 4 && name.startsWith('127.'));
}

const digest = (what: string, text: string): Buffer => createHash('sha256').update(`${what}\0${text}`).digest();

/** In the same time whatever they are, their lengths included. */
const same = (a: string, b: string): boolean => timingSafeEqual(digest('token', a), digest('token', b));
