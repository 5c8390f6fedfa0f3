/** SYN floods from random sources, at a listener of the head, or at tenants behind it. */
import { SPOOFED } from '../address.ts';
import { tcpSyn } from '../headers.ts';
import { aimed, frame } from '../packet.ts';
import { type Effect, PATHS, type Preparation, type Vector } from '../vector.ts';
import { arrived, grew, PORT, sysctl } from './evidence.ts';

/** SOMAXCONN of kernels before 5.4, which many servers still ask for: soon full. */
const BACKLOG = 128;
const LISTENER = `import socket
listener = socket.create_server(("::", ${PORT}), family=socket.AF_INET6, backlog=${BACKLOG})
while True: listener.accept()[0].close()`;
const LISTENS: Preparation = { name: `a listener on port ${PORT}`, argv: ['python3', '-c', LISTENER], stays: true };

/** The kernel's answer to a full queue: 1 sends cookies, 0 drops (Documentation/networking/ip-sysctl.rst, tcp_syncookies). */
function synFlood(cookies: 0 | 1, summary: string, answered: Effect): Vector {
  return {
    summary,
    // who stands behind the head has no listener: what a SYN makes there is a connection to track
    paths: cookies === 1 ? PATHS : ['to'],
    streams: (aim) => [{ frames: [frame(aim, { ...aimed(aim), source: SPOOFED, varied: ['source'] }, [tcpSyn(PORT)])], share: 1 }],
    prepare: (path) => (path === 'to' ? [sysctl('net.ipv4.tcp_syncookies', cookies), LISTENS] : []),
    effects: arrived(answered),
  };
}

export const tcpSynCookies = synFlood(
  1,
  'SYN flood from random sources; a listener answers with cookies once its queue is full',
  grew('cookies_sent', 'TcpExtSyncookiesSent'),
);
export const tcpSynNoCookies = synFlood(
  0,
  'SYN flood from random sources; the listener has no cookies, and drops once its queue is full',
  grew('requests_dropped', 'TcpExtListenDrops'),
);
