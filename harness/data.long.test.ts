/** What the writer's account says of blocks, on a plain file of this machine. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InfraError } from '../results/errors.ts';
import { History } from '../results/history.ts';
import type { HistoryEntry } from '../results/model.ts';
import { BLOCKS, writerSample } from '../suites/probes/storage.ts';
import type { Machine, Output } from '../targets/target.ts';
import { type Account, readAccount, verifyData } from './data.ts';
import { BLOCK_BYTES, flipBit, replacedBy, tamper, tornWith } from './tamper.ts';
import { accusesOnly, heldBy, NOTHING_THERE, TAMPERINGS, type Try, tries } from './tampering.testing.ts';
import { clean, PYTHON, TENANT, WHERE, WHY_NOT, WRITER, Writer, writeBlocks } from './writer.testing.ts';

describe.skipIf(WHY_NOT !== '')(`acknowledged blocks${WHY_NOT}`, () => {
  let dir: string;
  let writer: Writer;
  let file: string;
  let files = 0;
  beforeAll(() => {
    dir = mkdtempSync(join(WHERE as string, 'stormproof-data-'));
    writer = new Writer();
  });
  afterAll(() => {
    writer[Symbol.dispose]();
    rmSync(dir, { recursive: true });
  });

  const fresh = (): string => {
    files += 1;
    file = join(dir, `blocks${files}`);
    writeFileSync(file, '');
    return file;
  };

  /** Writes at least `count` blocks; returns the last number that was acknowledged. */
  const blocks = async (count: number, first = 0, slots: number = BLOCKS.slots): Promise<number> => {
    const lines = await writeBlocks({ file, slots, first }, ({ length }) => length >= count);
    return Math.max(first - 1, ...lines.map((line) => writerSample(line)?.seq ?? -1));
  };

  const verify = (last: number, slots: number = BLOCKS.slots, tenant = TENANT): Promise<Account> =>
    writer.verify(file, slots, last, tenant);

  /** A file that holds what it must, and its blocks. */
  async function held(slots: number, last: number): Promise<Buffer[]> {
    fresh();
    const blocks = await Promise.all(Array.from({ length: slots }, (_, slot) => writer.block(heldBy(slot, slots, last))));
    writeFileSync(file, Buffer.concat(blocks));
    return blocks;
  }

  it('are all there after a second of writing', async () => {
    fresh();
    let until = Number.POSITIVE_INFINITY; // a second from the first block on: the interpreter needs a moment
    const lines = await writeBlocks({ file, slots: BLOCKS.slots, first: 0 }, ({ length }) => {
      if (length === 1) until = performance.now() + 1000;
      return length > 6 && performance.now() >= until;
    });
    const last = lines.length - 1;
    expect(last).toBeGreaterThan(5);
    expect(lines.map((line) => writerSample(line)?.seq)).toEqual(lines.map((_, seq) => seq));
    expect(await verify(last)).toEqual(clean(last + 1));
  });

  it('of which one bit was flipped on the tail are one fewer, and that one is named', async () => {
    fresh();
    const last = await blocks(40);
    const { offset, undo } = tamper(file, { tenant: TENANT, slot: 17, seq: 17 }, flipBit(2000 * 8));
    expect(offset).toBe(17 * BLOCK_BYTES);
    expect(await verify(last)).toEqual({
      ...clean(last + 1),
      verified: last,
      corrupt: 1,
      bad: [{ slot: 17, seq: 17, kind: 'corrupt', detail: '1 bytes differ, the first at offset 2000' }],
    });
    undo();
    expect(await verify(last)).toEqual(clean(last + 1));
  });

  /** Of 16 slots, in which 41 was acknowledged last: 26 stands in slot 10, and 42 is the next to be written there. */
  const [SLOTS, LAST] = [16, 41];
  const mine = (seq: number) => writer.block({ tenant: TENANT, slot: seq % SLOTS, seq });
  const first = [0, 1, 2];

  it.each<[string, number, () => Promise<Buffer>, kind: string, detail: string]>([
    ['is empty', 5, async () => NOTHING_THERE, 'lost', 'nothing there'],
    ['holds the block before', 5, () => mine(21), 'stale', 'still holds 21'],
    ['holds that of two rounds ago', 5, () => mine(5), 'stale', 'still holds 5'],
    ['holds a later one', 5, () => mine(53), 'verified', ''],
    ['is torn from the block before', 5, async () => tornWith(await mine(21), first)(await mine(37)), 'torn', 'sectors: 3 of 21, 5 of 37'],
    ['is torn from nothing', 5, async () => tornWith(NOTHING_THERE, first)(await mine(37)), 'torn', 'sectors: 3 of nothing, 5 of 37'],
    ['is torn from two older ones', 5, async () => tornWith(await mine(5), [7])(await mine(21)), 'torn', 'sectors: 7 of 21, 1 of 5'],
    [
      'is torn by a later one that is not the next',
      5,
      async () => tornWith(await mine(53), first)(await mine(37)),
      'torn',
      'sectors: 3 of 53, 5 of 37',
    ],
    ['is being replaced by the next', 10, async () => tornWith(await mine(42), first)(await mine(26)), 'inflight', ''],
    [
      'is torn between the one before and the next',
      10,
      async () => tornWith(await mine(42), first)(await mine(10)),
      'torn',
      'sectors: 3 of 42, 5 of 10',
    ],
    [
      'is torn between the next and nothing',
      10,
      async () => tornWith(NOTHING_THERE, first)(await mine(42)),
      'torn',
      'sectors: 3 of nothing, 5 of 42',
    ],
    ["holds another slot's", 7, () => mine(35), 'misdirected', 'sector 0 is sector 0 of block 35 of victim'],
    [
      "holds one sector of another slot's",
      7,
      async () => tornWith(await mine(35), [6])(await mine(39)),
      'misdirected',
      'sector 6 is sector 6 of block 35 of victim',
    ],
    [
      "holds another tenant's",
      7,
      () => writer.block({ tenant: 'tenant1', slot: 7, seq: 39 }),
      'misdirected',
      'sector 0 is sector 0 of block 39 of tenant1',
    ],
    [
      'holds its sectors in another order',
      7,
      async () => shifted(await mine(39)),
      'misdirected',
      'sector 0 is sector 7 of block 39 of victim',
    ],
    ['holds garbage', 9, async () => Buffer.alloc(BLOCK_BYTES, 0xa5), 'corrupt', 'the first at offset 0'],
    [
      'is torn, and a bit of it is flipped',
      9,
      async () => flipBit(8 * 4000)(tornWith(await mine(25), first)(await mine(41))),
      'corrupt',
      'bytes differ',
    ],
    ["holds another slot's, and a bit of it is flipped", 9, async () => flipBit(0)(await mine(35)), 'corrupt', 'bytes differ'],
    [
      "holds sectors of another slot's and of the one before",
      9,
      async () => tornWith(await mine(35), first)(await mine(25)),
      'misdirected',
      'block 35',
    ],
  ])('of which a slot %s', async (_what, slot, bytes, kind, detail) => {
    const blocks = await held(SLOTS, LAST);
    blocks[slot] = await bytes();
    writeFileSync(file, Buffer.concat(blocks));
    const { bad, ...counts } = await verify(LAST, SLOTS);
    const { bad: _, ...sound } = clean(SLOTS);
    const accused = kind !== 'verified' && kind !== 'inflight';
    expect(counts).toEqual(kind === 'verified' ? sound : { ...sound, verified: SLOTS - 1, [kind]: 1 });
    expect(bad).toEqual(accused ? [{ slot, seq: heldBy(slot, SLOTS, LAST).seq, kind, detail: expect.stringContaining(detail) }] : []);
  });
  const shifted = (block: Buffer): Buffer => Buffer.concat([block.subarray(-512), block.subarray(0, -512)]);

  it('may have one of their successors cut short: the one behind all that were written without our knowing', async () => {
    const blocks = await held(SLOTS, LAST);
    // 42, 43 and 44 were written, 45 was under way
    for (const seq of [42, 43, 44]) blocks[seq % SLOTS] = await mine(seq);
    blocks[45 % SLOTS] = tornWith(await mine(45), first)(await mine(29));
    writeFileSync(file, Buffer.concat(blocks));
    expect(await verify(LAST, SLOTS)).toEqual({ ...clean(SLOTS), verified: SLOTS - 1, inflight: 1 });
    // a second one nobody can have left behind
    blocks[46 % SLOTS] = tornWith(await mine(46), first)(await mine(30));
    writeFileSync(file, Buffer.concat(blocks));
    expect(await verify(LAST, SLOTS)).toMatchObject({
      verified: SLOTS - 2,
      inflight: 1,
      torn: 1,
      bad: [{ slot: 14, seq: 30, kind: 'torn' }],
    });
  });

  it('that a shorter file no longer holds are lost, each one', async () => {
    fresh();
    const last = await blocks(20);
    truncateSync(file, 15 * BLOCK_BYTES + 100);
    const { verified, lost, bad } = await verify(last);
    expect([verified, lost]).toEqual([15, last + 1 - 15]);
    expect(bad[0]).toEqual({ slot: 15, seq: 15, kind: 'lost', detail: 'cut off' });
  });

  it('are told one by one where a disk fails in places', async () => {
    await held(200, 399);
    // as preadv(2) does where the device reports an error for one of the pages
    const failing = `
import os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import writer
real = os.preadv
def preadv(fd, buffers, at):
    if any(at <= slot * 4096 < at + len(buffers[0]) for slot in (3, 77, 199)):
        raise OSError(5, 'Input/output error')
    return real(fd, buffers, at)
os.preadv = preadv
writer.verify(sys.argv[2], b'victim', 200, 399)
`;
    const { stdout, stderr } = spawnSync(PYTHON, ['-c', failing, join(WRITER, '..'), file], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { bad, ...counts } = readAccount(stdout, TENANT);
    expect(counts).toMatchObject({ acknowledged: 200, verified: 197, unreadable: 3 });
    expect(bad[0]).toEqual({ slot: 3, seq: 203, kind: 'unreadable', detail: 'Input/output error' });
  });

  it("of another tenant are not taken for one's own", async () => {
    fresh();
    const last = await blocks(5);
    expect(await verify(last, BLOCKS.slots, 'stormer')).toMatchObject({ verified: 0, misdirected: last + 1 });
  });

  describe('that a tail tampers with', () => {
    const [slots, last] = [48, 48 * 3 + 20];
    const SEED = 20121027;

    /** Tampers with what the file holds, looks at the account, undoes it, and looks again. */
    async function found({ what, slot, ...draw }: Try, change = TAMPERINGS[what].change): Promise<boolean> {
      const block = heldBy(slot, slots, last);
      const { undo } = tamper(file, block, await change(block, { what, ...draw }, slots, writer));
      const accused = accusesOnly(await verify(last, slots), block, TAMPERINGS[what].kind);
      undo();
      expect(await verify(last, slots)).toEqual(clean(slots));
      return accused;
    }

    it(`are found, each alone and by its kind, and nothing is accused without it (seed ${SEED})`, async () => {
      await held(slots, last);
      const property = fc.asyncProperty(tries(slots), async (each) => {
        expect(await found(each)).toBe(true);
      });
      await fc.assert(property, { seed: SEED, numRuns: 300, endOnFailure: true });
    });

    it('would be missed by a tail that does nothing: the tries themselves can fail', async () => {
      await held(slots, last);
      const idle = async () => (block: Buffer) => block;
      for (const each of fc.sample(tries(slots), { seed: SEED, numRuns: 20 })) expect(await found(each, idle)).toBe(false);
      for (const each of fc.sample(tries(slots), { seed: SEED, numRuns: 20 })) {
        const other = TAMPERINGS[each.what].kind === 'corrupt' ? TAMPERINGS['a lost first write'] : TAMPERINGS['a flipped bit'];
        expect(await found(each, other.change as never)).toBe(false);
      }
    });
  });

  it('are none before the first', async () => {
    fresh();
    expect(await verify(-1)).toEqual(clean(0));
  });

  it('are never accused without cause: a writer killed at any moment, begun again where it was, over few slots or many', async () => {
    const tries = fc.tuple(
      fc.constantFrom(1, 2, 7, 64, BLOCKS.slots),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(tries, async ([slots, sessions]) => {
        fresh();
        let last = -1;
        for (const count of sessions) last = await blocks(count, last + 1, slots);
        expect(await verify(last, slots)).toEqual(clean(Math.min(slots, last + 1)));
      }),
      { seed: 1, numRuns: 50, endOnFailure: true },
    );
  });

  it('are only those that were accepted: a block that the disk refused is not missed later', async () => {
    fresh();
    // RLIMIT_FSIZE makes every write fail with EFBIG until it is lifted (setrlimit(2))
    const limited = { file, slots: BLOCKS.slots, first: 0, prefix: ['prlimit', '--fsize=0:unlimited'] };
    const lines = await writeBlocks(limited, (said, { pid }) => {
      if (said.length === 5) spawnSync('prlimit', ['--pid', String(pid), '--fsize=unlimited:unlimited']);
      return said.length >= 5 && said.filter((line) => !line.includes('error')).length >= 10;
    });
    expect(lines.slice(0, 5).every((line) => / error EFBIG$/.test(line))).toBe(true);
    const last = Math.max(...lines.map((line) => writerSample(line)?.seq ?? -1));
    const account = await verify(last);
    expect(account).toEqual(clean(account.acknowledged));
    expect(account.acknowledged).toBeGreaterThanOrEqual(10);
  });

  describe('in the account of a machine', () => {
    /** A machine whose programs run here, on this file; what it answers can be replaced. */
    const machine = (answer?: Output): Machine =>
      ({
        name: TENANT,
        manage: async () => ({
          run: async (argv: readonly string[]): Promise<Output> => {
            if (answer !== undefined) return answer;
            expect(argv.slice(0, 4)).toEqual(['python3', BLOCKS.writer, 'verify', '/mnt/disk/blocks']);
            const { exitCode, stdout, stderr } = await execa(PYTHON, [WRITER, 'verify', file, ...argv.slice(4)], { reject: false });
            return { code: exitCode ?? 1, stdout, stderr };
          },
        }),
      }) as unknown as Machine;
    const accountOf = async (last: number, answer?: Output): Promise<HistoryEntry[]> => {
      using history = new History(join(dir, 'history.jsonl'), () => 1);
      const records: HistoryEntry[] = [];
      history.subscribe((record) => records.push(record));
      await verifyData(machine(answer), last, history, 'io-storm');
      return records;
    };

    it('stand with what was wrong', async () => {
      fresh();
      const last = await blocks(10);
      tamper(file, { tenant: TENANT, slot: 2, seq: 2 }, flipBit(2000 * 8));
      tamper(file, { tenant: TENANT, slot: 4, seq: 4 }, replacedBy(NOTHING_THERE));
      const { bad: _, ...counts } = clean(last + 1);
      expect(await accountOf(last)).toEqual([
        {
          t: 1,
          trial: 'io-storm',
          k: 'data',
          machine: TENANT,
          ...counts,
          verified: last - 1,
          lost: 1,
          corrupt: 1,
          detail: 'slot 2, sequence 2: corrupt (1 bytes differ, the first at offset 2000); slot 4, sequence 4: lost (nothing there)',
        },
      ]);
    });

    it.each([
      ['nothing', { code: 0, stdout: '', stderr: '' }, /the data check answered ""/],
      ['words', { code: 0, stdout: '5 5 0 0 0\n', stderr: '' }, /the data check answered "5 5 0 0 0"$/],
      ['half an account', { code: 0, stdout: '{"acknowledged": 5, "verified": 5', stderr: '' }, /answered "\{.*5"$/],
      ['an account without some counts', { code: 0, stdout: '{"acknowledged": 5, "verified": 5, "bad": []}', stderr: '' }, /answered "\{/],
      ['negative counts', { code: 0, stdout: JSON.stringify({ ...clean(5), lost: -1 }), stderr: '' }, /answered "\{/],
      [
        'more writes under way than there are',
        { code: 0, stdout: JSON.stringify({ ...clean(5), inflight: 2 }), stderr: '' },
        /answered "\{/,
      ],
      ['a failure', { code: 1, stdout: '', stderr: 'Traceback\nOSError: [Errno 5] Input/output error' }, /Input\/output error$/],
    ])('stand not at all where the check gave %s', async (_what, answer, words) => {
      const error = await accountOf(10, answer).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(InfraError);
      expect((error as Error).message).toMatch(words);
    });
  });
});
