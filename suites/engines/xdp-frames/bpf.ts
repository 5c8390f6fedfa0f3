/**
 * bpf(2), called from here: maps, programs, and test runs whose frames are live, that is, really leave (BPF_F_TEST_XDP_LIVE_FRAMES, Linux 5.18;
 * Documentation/bpf/bpf_prog_run.rst). The layouts are those of union bpf_attr in include/uapi/linux/bpf.h.
 */
import { openSync } from 'node:fs';
import koffi from 'koffi';
import { InfraError } from '../../../results/errors.ts';
import { MOST_GIVEN_BYTES, WAYS, type Way } from './program.ts';

/** x86-64 (arch/x86/entry/syscalls/syscall_64.tbl). */
const SYS_BPF = 321;
const COMMAND = { mapCreate: 0, mapUpdate: 2, programLoad: 5, programRun: 10, linkCreate: 28 } as const;
const MAP_TYPE_ARRAY = 2;
const LIVE_FRAMES = 2;
/** frames between two flushes; a veth queues 256 (VETH_RING_SIZE, drivers/net/veth.c), and drops what is more without a word */
const BATCH = 64;
/** A test run of an skb lets nobody receive before it ends, so it is kept below what a veth queues. */
const MOST_CLONES = 192;
const ATTRIBUTE_BYTES = 144;
const LOG_BYTES = 65_536;
/** include/uapi/linux/if_tun.h, if.h */
const TUNSETIFF = 0x4004_54ca;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const IFNAMSIZ = 16;
const IFREQ_BYTES = 40;
/** enum bpf_attach_type: BPF_XDP; include/uapi/linux/if_link.h */
const ATTACH_XDP = 37;
const XDP_FLAGS_SKB_MODE = 2;
const EPERM = 1;

const libc = koffi.load('libc.so.6');
const syscall = libc.func('long syscall(long number, long command, void *attribute, long size)');

const ioctl = libc.func('int ioctl(int file, unsigned long request, void *argument)');
const if_nametoindex = libc.func('unsigned int if_nametoindex(const char *name)');

const addressOf = (buffer: Buffer): bigint => BigInt(koffi.address(buffer));

/** The index of an interface in this process's network namespace. Throws InfraError where there is none of that name. */
export function interfaceIndex(name: string): number {
  const index = Number(if_nametoindex(name));
  if (index === 0) throw new InfraError(`there is no interface ${name} here`);
  return index;
}

/** A state of 64 bits for a program: an array map with one value. Gives its descriptor. Throws InfraError. */
export function makeState(state: bigint): number {
  const make = Buffer.alloc(ATTRIBUTE_BYTES);
  for (const [index, word] of [MAP_TYPE_ARRAY, 4, 8, 1].entries()) make.writeUInt32LE(word, 4 * index);
  const map = called('a map', COMMAND.mapCreate, make);
  const key = Buffer.alloc(4);
  const value = Buffer.alloc(8);
  value.writeBigUInt64LE(state);
  const attribute = Buffer.alloc(ATTRIBUTE_BYTES);
  attribute.writeUInt32LE(map, 0);
  attribute.writeBigUInt64LE(addressOf(key), 8);
  attribute.writeBigUInt64LE(addressOf(value), 16);
  called('a map', COMMAND.mapUpdate, attribute);
  return map;
}

/** Loads a program of a way. Gives its descriptor. Throws InfraError with the verifier's words, or with what right is missing. */
export function loadProgram(code: Buffer, way: Way): number {
  const licence = Buffer.from('Dual BSD/GPL\0');
  const log = Buffer.alloc(LOG_BYTES);
  const attribute = Buffer.alloc(ATTRIBUTE_BYTES);
  attribute.writeUInt32LE(WAYS[way].type, 0);
  attribute.writeUInt32LE(code.length / 8, 4);
  attribute.writeBigUInt64LE(addressOf(code), 8);
  attribute.writeBigUInt64LE(addressOf(licence), 16);
  attribute.writeUInt32LE(1, 24);
  attribute.writeUInt32LE(log.length, 28);
  attribute.writeBigUInt64LE(addressOf(log), 32);
  return called('a program', COMMAND.programLoad, attribute, () => log.toString('utf8').replaceAll('\0', '').trim().split('\n').at(-1));
}

/**
 * Keeps an XDP program in the kernel's dispatcher: a test run of one that is not there enters it and takes it out again, each with a wait for RCU of
 * 10 to 30 ms under one lock for all (kernel/bpf/dispatcher.c, bpf_dispatcher_change_prog). It is attached to a card of its own, which is
 * never up and goes with this process. Where that cannot be had, runs are only slower.
 */
export function keepAtHand(program: number): void {
  let card: number;
  try {
    card = openSync('/dev/net/tun', 'r+');
  } catch {
    return; // no such device, or no right to it
  }
  const request = Buffer.alloc(IFREQ_BYTES);
  request.write('idle%d');
  request.writeUInt16LE(IFF_TAP | IFF_NO_PI, IFNAMSIZ);
  if (Number(ioctl(card, TUNSETIFF, request)) < 0) return;
  const attribute = Buffer.alloc(ATTRIBUTE_BYTES);
  for (const [index, word] of [
    program,
    interfaceIndex(request.toString('latin1').split('\0')[0] ?? ''),
    ATTACH_XDP,
    XDP_FLAGS_SKB_MODE,
  ].entries())
    attribute.writeUInt32LE(word, 4 * index);
  syscall(SYS_BPF, COMMAND.linkCreate, attribute, attribute.length);
}

/** Sends `packets` packets of `program`, whose frame is `frame`; resolves when the last has left. Throws InfraError. */
export async function send(program: number, way: Way, frame: Buffer, packets: number): Promise<void> {
  if (way === 'live') return testRun(program, frame, packets, { flags: LIVE_FRAMES, batch: BATCH });
  const given = frame.subarray(0, MOST_GIVEN_BYTES);
  for (let left = packets; left > 0; left -= MOST_CLONES)
    // its first run only grows the frame
    await testRun(program, given, Math.min(left, MOST_CLONES) + 1, { flags: 0, batch: 0 });
}

async function testRun(program: number, frame: Buffer, repeat: number, { flags, batch }: { flags: number; batch: number }): Promise<void> {
  const attribute = Buffer.alloc(ATTRIBUTE_BYTES);
  attribute.writeUInt32LE(program, 0);
  attribute.writeUInt32LE(frame.length, 8);
  attribute.writeBigUInt64LE(addressOf(frame), 16);
  attribute.writeUInt32LE(repeat, 32);
  attribute.writeUInt32LE(flags, 64);
  attribute.writeUInt32LE(batch, 72);
  const result = await new Promise<number>((resolve, reject) => {
    syscall.async(SYS_BPF, COMMAND.programRun, attribute, attribute.length, (error: Error | null, value: number) => {
      if (error) reject(error);
      else resolve(Number(value));
    });
  });
  if (result >= 0) return;
  // the errno of that thread is gone by now; a second try, of a single run that sends nothing, may tell it
  attribute.writeUInt32LE(1, 32);
  attribute.writeUInt32LE(0, 64);
  attribute.writeUInt32LE(0, 72);
  called('a test run', COMMAND.programRun, attribute);
  throw new InfraError('a test run of a program failed');
}

function called(what: string, command: number, attribute: Buffer, more: () => string | undefined = () => undefined): number {
  const result = Number(syscall(SYS_BPF, command, attribute, attribute.length));
  if (result >= 0) return result;
  const errno = koffi.errno();
  const name = Object.entries(koffi.os.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
  const advice = errno === EPERM ? ': it takes CAP_BPF and CAP_NET_ADMIN outside of user namespaces' : '';
  throw new InfraError(`${what} was refused by the kernel: ${name}${advice}${more() ? `: ${more()}` : ''}`);
}
