/**
 * Runs a BPF program as the kernel does (Documentation/bpf/standardization/instruction-set.rst), with the rules of its verifier that matter
 * here: nothing is read that was not written, no packet byte is touched that was not checked against the packet's end, and a helper that may
 * move the packet takes all that was checked away. Written from the specification, not from the program. Throws for what the kernel would refuse.
 */

const U64 = (1n << 64n) - 1n;
/** Where things stand; a context holds addresses of 32 bits. */
const CONTEXT = 0x1000_0000n;
const STATE = 0x2000_0000n;
const PACKET = 0x4000_0000n;
const MOST_STEPS = 100_000;
const HELPERS = { clone_redirect: 13, redirect: 23, change_tail: 38 } as const;

/** What a run is given; the state is kept from run to run. */
export interface Kernel {
  readonly way: 'live' | 'clone';
  readonly ifindex: number;
  /** descriptor of the map that holds the state */
  readonly map: number;
  state: bigint;
  packet: Buffer;
}

export interface Outcome {
  /** what the program returned */
  readonly verdict: number;
  /** packets that left, as they were then */
  readonly sent: readonly Buffer[];
}

interface Instruction {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  readonly offset: number;
  readonly immediate: number;
}

/** Offsets of data and data_end in struct xdp_md, of len, data and data_end in struct __sk_buff (include/uapi/linux/bpf.h). */
const CONTEXT_FIELDS = { live: { data: 0, end: 4, length: -1 }, clone: { data: 76, end: 80, length: 0 } } as const;

export function instructionsOf(program: Buffer): Instruction[] {
  if (program.length % 8 !== 0) throw new Error('a program is of whole instructions');
  return Array.from({ length: program.length / 8 }, (_, index) => {
    const at = 8 * index;
    const registers = program.readUInt8(at + 1);
    return {
      code: program.readUInt8(at),
      dst: registers & 15,
      src: registers >> 4,
      offset: program.readInt16LE(at + 2),
      immediate: program.readInt32LE(at + 4),
    };
  });
}

/** Where an instruction may go on: its successors by index; empty after `exit`. */
export function successors({ code, offset }: Instruction, index: number): number[] {
  if (code === 0x95) return [];
  if (code === 0x18) return [index + 2];
  const jumps = (code & 7) === 5 && code !== 0x85;
  return jumps ? [index + 1, index + 1 + offset] : [index + 1];
}

export function runProgram(program: Buffer, kernel: Kernel): Outcome {
  const instructions = instructionsOf(program);
  const registers: (bigint | undefined)[] = Array(11);
  registers[1] = CONTEXT;
  const sent: Buffer[] = [];
  /** how many bytes of the packet are known to be there */
  let checked = 0;

  const read = (register: number): bigint => {
    const value = registers[register];
    if (value === undefined) throw new Error(`register ${register} is read before it is written`);
    return value;
  };
  const write = (register: number, value: bigint) => {
    if (register > 9) throw new Error(`register ${register} is written`);
    registers[register] = value & U64;
  };
  const end = () => PACKET + BigInt(kernel.packet.length);

  const load = (address: bigint, bytes: number): bigint => {
    const fields = CONTEXT_FIELDS[kernel.way];
    const field = Number(address - CONTEXT);
    if (bytes === 4 && field === fields.data) return PACKET;
    if (bytes === 4 && field === fields.end) return end();
    if (bytes === 4 && field === fields.length) return BigInt(kernel.packet.length);
    throw new Error(`${bytes} bytes at ${address.toString(16)} are read`);
  };
  const store = (address: bigint, bytes: number, value: bigint) => {
    const low = value & ((1n << BigInt(8 * bytes)) - 1n);
    const at = Number(address - PACKET);
    if (at < 0 || at + bytes > checked)
      throw new Error(`packet bytes ${at} to ${at + bytes} are written, ${checked} are known to be there`);
    for (let each = 0; each < bytes; each += 1) kernel.packet[at + each] = Number((low >> BigInt(8 * each)) & 0xffn);
  };
  const call = (helper: number) => {
    const [one, two, three] = [read(1), read(2), helper === HELPERS.redirect ? 0n : read(3)];
    if (helper === HELPERS.redirect) {
      if (kernel.way !== 'live' || two !== 0n || one !== BigInt(kernel.ifindex)) throw new Error(`redirected to ${one} with ${two}`);
      sent.push(Buffer.from(kernel.packet));
      registers[0] = 4n; // XDP_REDIRECT
    } else if (helper === HELPERS.clone_redirect) {
      if (kernel.way !== 'clone' || one !== CONTEXT || two !== BigInt(kernel.ifindex) || three !== 0n) throw new Error(`cloned to ${two}`);
      sent.push(Buffer.from(kernel.packet));
      checked = 0;
      registers[0] = 0n;
    } else if (helper === HELPERS.change_tail) {
      if (kernel.way !== 'clone' || one !== CONTEXT || three !== 0n) throw new Error(`the tail is changed with ${three}`);
      kernel.packet = Buffer.concat([kernel.packet, Buffer.alloc(Number(two))], Number(two));
      checked = 0;
      registers[0] = 0n;
    } else throw new Error(`helper ${helper} is called`);
    registers.fill(undefined, 1, 6);
  };

  let next = 0;
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const instruction = instructions[next];
    if (instruction === undefined) throw new Error(`runs off to ${next}`);
    const { code, dst, src, offset, immediate } = instruction;
    const [k, far] = [BigInt(immediate), BigInt(offset)];
    next += 1;
    if (code === 0x95) return { verdict: Number(read(0)), sent };
    else if (code === 0x18) {
      const upper = instructions[next];
      if (upper === undefined || upper.code !== 0) throw new Error('half a constant');
      next += 1;
      const low = BigInt.asUintN(32, k);
      if (src === 2 && immediate === kernel.map && upper.immediate === 0) write(dst, STATE);
      else if (src === 0) write(dst, (BigInt.asUintN(32, BigInt(upper.immediate)) << 32n) | low);
      else throw new Error(`a constant of kind ${src}`);
    } else if (code === 0x61) write(dst, load(read(src) + far, 4));
    else if (code === 0xdb) {
      // an atomic operation of 64 bits: add, and fetch what was there
      if (immediate !== 1 || read(dst) + far !== STATE) throw new Error(`atomic operation ${immediate} at ${read(dst) + far}`);
      const before = kernel.state;
      kernel.state = (before + read(src)) & U64;
      write(src, before);
    } else if (code in STORES) store(read(dst) + far, STORES[code] as number, read(src));
    else if (code in STORES_OF_K) store(read(dst) + far, STORES_OF_K[code] as number, k);
    else if (code === 0xb7) write(dst, k);
    else if (code === 0xbf) write(dst, read(src));
    else if (code === 0xbc) write(dst, read(src) & 0xffff_ffffn);
    else if (code in ARITHMETIC) write(dst, (ARITHMETIC[code] as Arithmetic)(read(dst), code & 8 ? read(src) : k & U64));
    else if (code === 0x2d) {
      const taken = read(dst) > read(src);
      // what the verifier concludes of "the packet's begin and so much is not behind its end"
      if (!taken && read(src) === end()) checked = Math.max(checked, Number(read(dst) - PACKET));
      if (taken) next += offset;
    } else if (code === 0x15 || code === 0x55) {
      if ((read(dst) === (k & U64)) === (code === 0x15)) next += offset;
    } else if (code === 0x85) call(immediate);
    else throw new Error(`instruction ${next - 1} has code ${code.toString(16)}`);
  }
  throw new Error('does not end');
}

const STORES: Readonly<Record<number, number>> = { 115: 1, 107: 2, 99: 4, 123: 8 };
const STORES_OF_K: Readonly<Record<number, number>> = { 114: 1, 106: 2, 98: 4, 122: 8 };
type Arithmetic = (one: bigint, other: bigint) => bigint;
/** Of 64 bits; the fourth bit of the code says whether the other is a register. */
const ARITHMETIC: Readonly<Record<number, Arithmetic>> = {
  7: (one, other) => one + other,
  15: (one, other) => one + other,
  47: (one, other) => one * other,
  87: (one, other) => one & other,
  167: (one, other) => one ^ other,
  175: (one, other) => one ^ other,
  119: (one, other) => one >> (other & 63n),
};
