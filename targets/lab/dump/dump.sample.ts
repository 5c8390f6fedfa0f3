/** What a Debian 6.1 kernel says of itself, as far as tests need it. */

const LAYOUT = `OSRELEASE=6.1.0-50-cloud-amd64
PAGESIZE=4096
SYMBOL(prb)=ffffffff8d062540
SIZE(printk_ringbuffer)=88
OFFSET(printk_ringbuffer.desc_ring)=0
OFFSET(printk_ringbuffer.text_data_ring)=48
SIZE(prb_desc_ring)=48
OFFSET(prb_desc_ring.count_bits)=0
OFFSET(prb_desc_ring.descs)=8
OFFSET(prb_desc_ring.infos)=16
OFFSET(prb_desc_ring.head_id)=24
OFFSET(prb_desc_ring.tail_id)=32
SIZE(prb_desc)=24
OFFSET(prb_desc.state_var)=0
OFFSET(prb_desc.text_blk_lpos)=8
SIZE(prb_data_blk_lpos)=16
OFFSET(prb_data_blk_lpos.begin)=0
OFFSET(prb_data_blk_lpos.next)=8
SIZE(printk_info)=88
OFFSET(printk_info.seq)=0
OFFSET(printk_info.ts_nsec)=8
OFFSET(printk_info.text_len)=16
SIZE(prb_data_ring)=32
OFFSET(prb_data_ring.size_bits)=0
OFFSET(prb_data_ring.data)=8
SIZE(atomic_long_t)=8
OFFSET(atomic_long_t.counter)=0
`;

/** The note of a kernel, with lines of its own. */
export function sampleNote(...lines: readonly string[]): Buffer {
  const text = Buffer.from(LAYOUT + lines.map((line) => `${line}\n`).join(''));
  const note = Buffer.alloc(24 + Math.ceil(text.length / 4) * 4);
  note.writeUInt32LE(11, 0);
  note.writeUInt32LE(text.length, 4);
  note.write('VMCOREINFO\0', 12, 'latin1');
  text.copy(note, 24);
  return note;
}
