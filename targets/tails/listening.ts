/**
 * Whether a program listens on a port, without knocking: it may stand in another network namespace, and some servers count whoever connects.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** TCP_LISTEN (include/net/tcp_states.h) as /proc/net/tcp prints it. */
const LISTEN = '0A';

/** The inodes of the sockets that listen on `port`, from the text of /proc/PID/net/tcp or tcp6 (proc(5)); pure. */
export function listeningInodes(table: string, port: number): string[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === LISTEN && inode !== undefined && Number.parseInt(local.split(':')[1] ?? '', 16) === port ? [inode] : [];
  });
}

/** Whether one of the processes has a socket open that listens on `port` of whatever address. */
export function listens(pids: readonly number[], port: number): boolean {
  return pids.some((pid) => {
    try {
      const inodes = ['tcp', 'tcp6'].flatMap((name) => listeningInodes(readFileSync(`/proc/${pid}/net/${name}`, 'latin1'), port));
      const wanted = new Set(inodes.map((inode) => `socket:[${inode}]`));
      return wanted.size > 0 && readdirSync(`/proc/${pid}/fd`).some((fd) => wanted.has(linkOf(`/proc/${pid}/fd/${fd}`)));
    } catch {
      return false; // it has ended while we looked
    }
  });
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed while we looked
  }
}
