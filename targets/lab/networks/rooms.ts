/**
 * Rooms: network namespaces without any uplink. Each lives as long as the process that holds it, so that nothing of it is left when the run has
 * died. Without root all stand in one user namespace.
 */
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { explain, InfraError } from '../../../results/errors.ts';
import { run as runProgram, startBare } from '../../leash.ts';
import type { Job } from '../../target.ts';

const ROOMS = ['front', 'head', 'tail'] as const;
export type Room = (typeof ROOMS)[number];

const COMMAND_LIMIT_S = 20;

/**
 * What a room's kernel is set to. Stations' TCP backs off in the same way on every lab: this machine's own choice may be BBR, which after a starved link went on at 23 kbit/s for
 * a minute (it keeps its estimate of the bandwidth for ten round trips), and that would be taken for the candidate's slowness. Reno is built into
 * every kernel, and the only one that a namespace is always given (net/ipv4/tcp_cong.c, tcp_set_default_congestion_control). And router
 * advertisements are for machines: a bridge that took a flood of them itself would spend the time of this host on it.
 */
const SETTINGS = ['echo reno > /proc/sys/net/ipv4/tcp_congestion_control', 'echo 0 > /proc/sys/net/ipv6/conf/default/accept_ra'].join(
  ' && ',
);

export interface Rooms extends AsyncDisposable {
  /** argv prefix that enters a room */
  enter(room: Room): string[];
  /** the process that holds a room */
  pid(room: Room): number;
  /** Runs a short program in a room and returns what it printed. Throws InfraError. */
  run(room: Room, argv: readonly string[]): Promise<string>;
  /** Runs lines of ip(8), one program for all of them. Throws InfraError. */
  ip(room: Room, ...lines: readonly string[]): Promise<void>;
}

/** Makes the rooms, with nothing in them but a loopback that is up. Throws InfraError. */
export async function makeRooms({ run, limit_s }: { readonly run: string; readonly limit_s: number }): Promise<Rooms> {
  const holders: (Job & { readonly pid: number | undefined })[] = [];
  const pids = new Map<Room, number>();
  const rootless = process.getuid?.() !== 0;
  const gone = new Set<Room>();
  const pid = (room: Room): number => {
    // its number may be another process's by now, and that one's network this machine's own
    if (gone.has(room)) throw new InfraError(`the process that holds the ${room} namespace has ended`);
    return pids.get(room) as number;
  };
  const enter = (room: Room): string[] => [
    'nsenter',
    ...['-t', String(pid(room))],
    ...(rootless ? ['-U', '--preserve-credentials'] : []),
    ...['-n', '--'],
  ];
  const inRoom: Rooms['run'] = (room, argv) => runProgram(argv, { run, limit_s: COMMAND_LIMIT_S, within: enter(room) });
  const ip: Rooms['ip'] = async (room, ...lines) => {
    await runProgram(['ip', '-batch', '-'], { run, limit_s: COMMAND_LIMIT_S, within: enter(room), input: `${lines.join('\n')}\n` });
  };
  const dispose = async (): Promise<void> => {
    for (const holder of holders.reverse()) await holder.stop();
  };
  try {
    for (const room of ROOMS) {
      // the first room makes the user namespace where one is needed, the others are made inside it
      const unshare = rootless && holders.length === 0 ? ['unshare', '-U', '-r', '-n'] : ['unshare', '-n'];
      const within = rootless && holders.length > 0 ? enter('front').slice(0, -2) : [];
      const holder = startBare(['setpriv', '--pdeathsig', 'KILL', '--', ...within, ...unshare, 'sleep', String(Math.ceil(limit_s))], run);
      holders.push(holder);
      void holder.done.then(() => gone.add(room));
      pids.set(room, await ready(holder, rootless));
      await ip(room, 'link set dev lo up');
      await inRoom(room, ['sh', '-c', SETTINGS]);
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { enter, pid, run: inRoom, ip, [Symbol.asyncDispose]: dispose };
}

/** Waits until the holder stands in namespaces of its own. */
async function ready(holder: Job & { readonly pid: number | undefined }, rootless: boolean): Promise<number> {
  let ended: { stderr: string } | undefined;
  void holder.done.then((how) => {
    ended = how;
  });
  const own = readlinkSync('/proc/self/ns/net');
  for (let tries = 0; tries < 200; tries += 1) {
    if (ended !== undefined || holder.pid === undefined) {
      const advice = rootless
        ? '; run as root, or allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone)'
        : '';
      throw new InfraError(`cannot make a network namespace: ${ended?.stderr ?? 'unshare did not start'}${advice}`);
    }
    try {
      if (readlinkSync(`/proc/${holder.pid}/ns/net`) !== own && readlinkSync(`/proc/${holder.pid}/exe`).endsWith('/sleep'))
        return holder.pid;
    } catch (error) {
      // it ended between two looks: the next turn reports it
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw new InfraError(`cannot look at a namespace: ${explain(error)}`, { cause: error });
    }
    await sleep(10);
  }
  throw new InfraError('a network namespace was not ready in 2 s');
}
