/**
 * The BPF program that makes the packets of one frame: it writes the frame's headers anew (whoever had the page before may have changed them),
 * draws what varies, mends the checksum, and sends the packet out of an interface. Pure: a frame in, instructions out.
 *
 * There are two ways out. A live XDP frame is redirected, and costs next to nothing; it must fit into a page. A larger one is an skb of the
 * traffic control hook that is cloned and sent, again and again.
 *
 * Instruction set: Documentation/bpf/standardization/instruction-set.rst; verifier and helpers: include/uapi/linux/bpf.h.
 */

import { LAST_SHIFT, MIX, STEP } from '../../flood/draw.ts';
import type { Checksum, Frame, VariedField } from '../../flood/frame.ts';
import { ADDRESSES, FIELD, sumOf } from '../draw.ts';

/** Opcodes, in the words of instruction-set.rst: class, operation, source (k is an immediate, x a register). */
const OP = {
  ldx32: 0x61,
  stx: { 1: 0x73, 2: 0x6b, 4: 0x63, 8: 0x7b },
  /** stores an immediate of one or two bytes */
  st: { 1: 0x72, 2: 0x6a },
  lddw: 0x18,
  /** adds a register to eight bytes of memory, and gives what was there before; with FETCH_ADD (Linux 5.12) */
  atomic64: 0xdb,
  movk: 0xb7,
  movx: 0xbf,
  mov32x: 0xbc,
  addk: 0x07,
  addx: 0x0f,
  mulx: 0x2f,
  andk: 0x57,
  xork: 0xa7,
  xorx: 0xaf,
  rshk: 0x77,
  jgtx: 0x2d,
  jeqk: 0x15,
  jnek: 0x55,
  call: 0x85,
  exit: 0x95,
} as const;
const FETCH_ADD = 1;
/** `lddw` of an address inside a map's only value: BPF_PSEUDO_MAP_VALUE. */
const PSEUDO_MAP_VALUE = 2;
/** enum bpf_func_id */
const HELPER = { cloneRedirect: 13, redirect: 23, changeTail: 38 } as const;

export type Way = 'live' | 'clone';
/**
 * Program type (enum bpf_prog_type), where its context holds the packet's begin and end (struct xdp_md, struct __sk_buff), and its word for
 * "away with it" (enum xdp_action: XDP_DROP; TC_ACT_SHOT).
 */
export const WAYS = {
  live: { type: 6, data: 0, dataEnd: 4, drop: 1 },
  clone: { type: 3, data: 76, dataEnd: 80, drop: 2 },
} as const satisfies Record<Way, unknown>;
/** Of a page of 4096 bytes, a live frame leaves 256 to headroom, 320 to struct skb_shared_info and the rest to its page's head (net/bpf/test_run.c). */
const MOST_LIVE_BYTES = 3300;
/** So much of a frame is given to the kernel; what is longer is grown with zeros (an skb of a test run begins within a page too). */
export const MOST_GIVEN_BYTES = 3000;

/** Registers: 6 to 9 are kept over calls. */
const R = { zero: 0, one: 1, two: 2, three: 3, four: 4, context: 5, data: 6, state: 7, map: 8, sum: 9 } as const;

/** Where nothing says how far the headers go, so much is written anew. */
const HEADERS_BYTES = 256;

/** What the program is for: sends out of interface `ifindex`, with its state in the map whose descriptor is `map`. */
export interface Egress {
  readonly ifindex: number;
  readonly map: number;
}

/** How a frame of so many bytes leaves. */
export const wayOf = (frame: Frame): Way => (frame.bytes.length <= MOST_LIVE_BYTES ? 'live' : 'clone');

/** The frame as it leaves: what is longer than the kernel takes ends in zeros. */
export function leaving(frame: Frame): Frame {
  if (wayOf(frame) === 'live') return frame;
  const bytes = new Uint8Array(frame.bytes.length);
  bytes.set(frame.bytes.subarray(0, MOST_GIVEN_BYTES));
  return { ...frame, bytes };
}

/** The program of one frame, 8 bytes an instruction. Its state is the 64-bit counter at the beginning of the map's value. */
export function programOf(asked: Frame, egress: Egress): Buffer {
  const way = wayOf(asked);
  const frame = leaving(asked);
  const { bytes, varied, checksum } = frame;
  const headers = Math.min(bytes.length, headersOf(frame));
  const work = [
    ...constant(R.map, BigInt(egress.map), PSEUDO_MAP_VALUE),
    // one step for each packet, though several runs are under way on several processors
    ...constant(R.state, STEP),
    op(OP.movx, R.two, R.state),
    op(OP.atomic64, R.map, R.two, 0, FETCH_ADD),
    op(OP.addx, R.state, R.two),
    ...written(bytes.subarray(0, headers)),
    op(OP.movk, R.sum, 0, 0, checksum === undefined ? 0 : baseSum(frame, checksum)),
    ...varied.flatMap((field, index) => [
      ...draw(index),
      op(OP.stx[field.bytes], R.data, R.two, field.at),
      ...(checksum !== undefined && covers(checksum, field) ? added(field) : []),
    ]),
    ...(checksum === undefined ? [] : folded(checksum)),
    ...sent(way, egress.ifindex),
  ];
  const { data, dataEnd, drop } = WAYS[way];
  return Buffer.concat([
    ...(way === 'clone' ? grown(bytes.length) : []),
    op(OP.movx, R.context, R.one),
    op(OP.ldx32, R.data, R.one, data),
    op(OP.ldx32, R.two, R.one, dataEnd),
    op(OP.movx, R.three, R.data),
    op(OP.addk, R.three, 0, 0, headers),
    op(OP.jgtx, R.three, R.two, work.length),
    ...work,
    op(OP.movk, R.zero, 0, 0, drop),
    op(OP.exit),
  ]);
}

/** bpf_redirect(ifindex, 0) gives the verdict itself; bpf_clone_redirect(skb, ifindex, 0) sends a copy, and the original is for the next. */
function sent(way: Way, ifindex: number): Buffer[] {
  if (way === 'live') return [op(OP.movk, R.one, 0, 0, ifindex), op(OP.movk, R.two), op(OP.call, 0, 0, 0, HELPER.redirect), op(OP.exit)];
  return [
    op(OP.movx, R.one, R.context),
    op(OP.movk, R.two, 0, 0, ifindex),
    op(OP.movk, R.three),
    op(OP.call, 0, 0, 0, HELPER.cloneRedirect),
  ];
}

/** The first run of a test run only makes the skb as long as the frame, with bpf_skb_change_tail(skb, length, 0). */
function grown(length: number): Buffer[] {
  const grow = [
    op(OP.movk, R.two, 0, 0, length),
    op(OP.movk, R.three),
    op(OP.call, 0, 0, 0, HELPER.changeTail),
    op(OP.movk, R.zero, 0, 0, WAYS.clone.drop),
    op(OP.exit),
  ];
  // struct __sk_buff: len is its first word
  return [op(OP.ldx32, R.two, R.one, 0), op(OP.jeqk, R.two, 0, grow.length, length), ...grow];
}

/** Up to where a frame is written anew for every packet: its headers and what varies. */
function headersOf({ varied, checksum }: Frame): number {
  const ends = varied.map(({ at, bytes }) => at + bytes);
  return Math.max(checksum === undefined ? HEADERS_BYTES : Math.max(checksum.from, checksum.at) + 8, ...ends);
}

function op(code: number, dst = 0, src = 0, offset = 0, immediate = 0): Buffer {
  const instruction = Buffer.alloc(8);
  instruction[0] = code;
  instruction[1] = dst | (src << 4);
  instruction.writeInt16LE(offset, 2);
  instruction.writeInt32LE(immediate | 0, 4);
  return instruction;
}

/** A 64-bit constant takes two instructions. */
function constant(dst: number, value: bigint, pseudo = 0): Buffer[] {
  const low = Number(BigInt.asIntN(32, value));
  const high = pseudo === 0 ? Number(BigInt.asIntN(32, value >> 32n)) : 0;
  return [op(OP.lddw, dst, pseudo, 0, low), op(0, 0, 0, 0, high)];
}

function written(bytes: Uint8Array): Buffer[] {
  const view = Buffer.from(bytes);
  const whole = view.length - (view.length % 8);
  const instructions: Buffer[] = [];
  for (let at = 0; at < whole; at += 8) instructions.push(...constant(R.two, view.readBigUInt64LE(at)), op(OP.stx[8], R.data, R.two, at));
  let at = whole;
  for (; at + 2 <= view.length; at += 2) instructions.push(op(OP.st[2], R.data, 0, at, view.readUInt16LE(at)));
  if (at < view.length) instructions.push(op(OP.st[1], R.data, 0, at, view[at]));
  return instructions;
}

/** SplitMix64's output for field `index` of this packet, into register two. */
function draw(index: number): Buffer[] {
  const xorShifted = (shift: number) => [op(OP.movx, R.three, R.two), op(OP.rshk, R.three, 0, 0, shift), op(OP.xorx, R.two, R.three)];
  return [
    ...constant(R.two, BigInt.asUintN(64, BigInt(index) * FIELD)),
    op(OP.addx, R.two, R.state),
    ...MIX.flatMap(({ shift, multiply }) => [...xorShifted(shift), ...constant(R.four, multiply), op(OP.mulx, R.two, R.four)]),
    ...xorShifted(LAST_SHIFT),
  ];
}

const covers = ({ from }: Checksum, { at }: VariedField): boolean => (at >= ADDRESSES.from && at < ADDRESSES.to) || at >= from;

/** The field in register two joins the sum: words of 32 bits may be added as they are, since the sum is folded to 16 bits later (RFC 1071). */
function added({ bytes }: VariedField): Buffer[] {
  const low = bytes === 2 ? [op(OP.movx, R.three, R.two), op(OP.andk, R.three, 0, 0, 0xffff)] : [op(OP.mov32x, R.three, R.two)];
  const high = bytes === 8 ? [op(OP.rshk, R.two, 0, 0, 32), op(OP.addx, R.sum, R.two)] : [];
  return [...low, op(OP.addx, R.sum, R.three), ...high];
}

/** The sum of what is constant. */
function baseSum({ bytes, varied }: Frame, checksum: Checksum): number {
  const still = Buffer.from(bytes);
  still.fill(0, checksum.at, checksum.at + 2);
  for (const { at, bytes: width } of varied) still.fill(0, at, at + width);
  return sumOf(still, checksum);
}

function folded({ at }: Checksum): Buffer[] {
  const fold = (bits: 16 | 32) => [
    op(OP.movx, R.two, R.sum),
    op(OP.rshk, R.two, 0, 0, bits),
    ...(bits === 32 ? [op(OP.mov32x, R.sum, R.sum)] : [op(OP.andk, R.sum, 0, 0, 0xffff)]),
    op(OP.addx, R.sum, R.two),
  ];
  return [
    ...fold(32),
    ...fold(16),
    ...fold(16),
    ...fold(16),
    op(OP.xork, R.sum, 0, 0, 0xffff),
    // zero would mean "no checksum" (RFC 8200, section 8.1); its other form says the same sum
    op(OP.jnek, R.sum, 0, 1, 0),
    op(OP.movk, R.sum, 0, 0, 0xffff),
    op(OP.stx[2], R.data, R.sum, at),
  ];
}
