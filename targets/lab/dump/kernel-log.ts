/**
 * The kernel's log out of its memory, all of it: also what was too quiet for the console. Kernels since 5.10 keep it in a ring of records
 * (kernel/printk/printk_ringbuffer.c), and tell in VMCOREINFO how that is laid out. Read as makedumpfile --dump-dmesg does (its printk.c), which needs
 * a core to read from: a host of 768 GB is told of in a second so.
 */
import { InfraError } from '../../../results/errors.ts';
import type { PageTables } from './page-tables.ts';
import type { VmcoreInfo } from './vmcoreinfo.ts';

export type ReadVirtual = Pick<PageTables, 'read'>;

/** The states of a record that is whole: committed, finalized (enum desc_state). */
const WHOLE = new Set([1n, 2n]);
/** A state stands in the two uppermost bits of `state_var`, the record's id below. */
const STATE_SHIFT = 62n;
const ID_MASK = (1n << STATE_SHIFT) - 1n;
/** A block of text begins with the id of its record. */
const ID_BYTES = 8;
/** An odd position stands for a record without text (BLK_DATALESS()). */
const DATALESS = 1n;
/** CONFIG_LOG_BUF_SHIFT goes to 25; log_buf_len= to 2 GiB, of which nobody wants to read more than this. */
const MOST_TEXT_BITS = 28;
const MOST_RECORD_BITS = 23;

interface Ring {
  readonly descs: Buffer;
  readonly infos: Buffer;
  readonly text: Buffer;
  readonly count: bigint;
  readonly first: bigint;
  readonly last: bigint;
}

/** One line of log a line, each with its time as dmesg(1) shows it. Throws InfraError where it cannot be found. */
export async function readKernelLog(info: VmcoreInfo, memory: ReadVirtual): Promise<string> {
  if (!info.has('SYMBOL(prb)')) throw new InfraError(`kernel ${info.release} does not keep its log as kernels since 5.10 do`);
  const ring = await readRing(info, memory);
  const lines: string[] = [];
  const records = ((ring.last - ring.first) & ID_MASK) + 1n;
  if (records > ring.count) throw new InfraError(`the kernel's log is damaged: ${records} records in a ring of ${ring.count}`);
  for (let index = 0n; index < records; index += 1n) lines.push(...linesOf(ring, (ring.first + index) & ID_MASK, info));
  return lines.map((line) => `${line}\n`).join('');
}

async function readRing(info: VmcoreInfo, memory: ReadVirtual): Promise<Ring> {
  const prb = (await memory.read(info.symbol('prb'), 8)).readBigUInt64LE();
  const ring = await memory.read(prb, info.number('SIZE(printk_ringbuffer)'));
  const desc = info.number('OFFSET(printk_ringbuffer.desc_ring)');
  const data = info.number('OFFSET(printk_ringbuffer.text_data_ring)');
  const counter = info.number('OFFSET(atomic_long_t.counter)');
  const bits = (at: number, most: number): number => {
    const value = ring.readUInt32LE(at);
    if (value > most) throw new InfraError(`the kernel's log is damaged: a ring of 2^${value}`);
    return value;
  };
  const pointer = (name: string, base: number): bigint => ring.readBigUInt64LE(base + info.number(`OFFSET(${name})`));
  const count = 2 ** bits(desc + info.number('OFFSET(prb_desc_ring.count_bits)'), MOST_RECORD_BITS);
  const size = 2 ** bits(data + info.number('OFFSET(prb_data_ring.size_bits)'), MOST_TEXT_BITS);
  return {
    descs: await memory.read(pointer('prb_desc_ring.descs', desc), count * info.number('SIZE(prb_desc)')),
    infos: await memory.read(pointer('prb_desc_ring.infos', desc), count * info.number('SIZE(printk_info)')),
    text: await memory.read(pointer('prb_data_ring.data', data), size),
    count: BigInt(count),
    first: pointer('prb_desc_ring.tail_id', desc + counter) & ID_MASK,
    last: pointer('prb_desc_ring.head_id', desc + counter) & ID_MASK,
  };
}

/** Those of the record `id`: none where it was not written to its end, or has been written over. */
function linesOf({ descs, infos, text, count }: Ring, id: bigint, info: VmcoreInfo): string[] {
  const index = Number(id % count);
  const desc = index * info.number('SIZE(prb_desc)');
  const state = descs.readBigUInt64LE(desc + info.number('OFFSET(prb_desc.state_var)') + info.number('OFFSET(atomic_long_t.counter)'));
  if ((state & ID_MASK) !== id || !WHOLE.has(state >> STATE_SHIFT)) return [];
  const block = desc + info.number('OFFSET(prb_desc.text_blk_lpos)');
  const begin = descs.readBigUInt64LE(block + info.number('OFFSET(prb_data_blk_lpos.begin)'));
  const next = descs.readBigUInt64LE(block + info.number('OFFSET(prb_data_blk_lpos.next)'));
  const record = index * info.number('SIZE(printk_info)');
  const stamp = stampOf(infos.readBigUInt64LE(record + info.number('OFFSET(printk_info.ts_nsec)')));
  if ((begin & DATALESS) !== 0n) return [`${stamp} `];
  const size = BigInt(text.length);
  // a block is never broken: one that would be begins anew at the ring's beginning
  const wraps = begin / size !== next / size && next % size !== 0n;
  const from = (wraps ? 0 : Number(begin % size)) + ID_BYTES;
  const end = next % size === 0n ? text.length : Number(next % size);
  const length = Math.min(infos.readUInt16LE(record + info.number('OFFSET(printk_info.text_len)')), Math.max(0, end - from));
  return text
    .toString('utf8', from, from + length)
    .split('\n')
    .map((line) => `${stamp} ${line}`);
}

/** `[    1.234567]` */
function stampOf(ns: bigint): string {
  const us = ns / 1000n;
  return `[${String(us / 1_000_000n).padStart(5)}.${String(us % 1_000_000n).padStart(6, '0')}]`;
}
