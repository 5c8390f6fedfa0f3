import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InfraError } from '../results/errors.ts';
import { History } from '../results/history.ts';
import type { HistoryEntry } from '../results/model.ts';
import { eachLine } from '../suites/probes/lines.ts';
import { BLOCKS, writerSample } from '../suites/probes/storage.ts';
import type { Machine, Output } from '../targets/target.ts';
import { flipAcknowledged, verifyData } from './data.ts';

const ROOT = join(import.meta.dirname, '..');
const WRITER = join(ROOT, 'targets/lab/guest/writer.py');
const BLOCK = 4096;
const TENANT = 'victim';

/** The interpreter itself: a version manager's stand-in for it takes longer to start than a block takes to be written. */
const PYTHON = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout?.trim() ?? '';
const WHERE = [tmpdir(), ROOT].find(takesDirect);
const WHY_NOT =
  PYTHON === ''
    ? ' (skipped: there is no python3 here)'
    : WHERE === undefined
      ? ' (skipped: no disk here that can be read past the cache)'
      : '';

/** Whether files of a directory can be opened with O_DIRECT, which a tmpfs may refuse. */
function takesDirect(parent: string): boolean {
  const dir = mkdtempSync(join(parent, '.direct-'));
  try {
    const file = join(dir, 'x');
    writeFileSync(file, Buffer.alloc(BLOCK));
    closeSync(openSync(file, constants.O_RDONLY | constants.O_DIRECT));
    return true;
  } catch {
    return false; // that is what was asked
  } finally {
    rmSync(dir, { recursive: true });
  }
}

interface Account {
  readonly acknowledged: number;
  readonly verified: number;
  readonly lost: number;
  readonly corrupt: number;
  readonly stale: number;
  readonly bad: readonly string[];
}

describe.skipIf(WHY_NOT !== '')(`acknowledged blocks${WHY_NOT}`, () => {
  let dir: string;
  let file: string;
  let files = 0;
  beforeAll(() => {
    dir = mkdtempSync(join(WHERE as string, 'stormproof-data-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const fresh = (): string => {
    files += 1;
    file = join(dir, `blocks${files}`);
    writeFileSync(file, '');
    return file;
  };

  /** The real writer from block `first` on; killed once `enough` says so of the lines that it gave. Returns these. */
  async function write(
    first: number,
    enough: (lines: readonly string[], writer: ChildProcess) => boolean,
    slots: number = BLOCKS.slots,
    prefix: readonly string[] = [],
  ): Promise<string[]> {
    const [program = PYTHON, ...args] = [...prefix, PYTHON, WRITER, 'write', file, TENANT, '2000', String(slots), String(first)];
    const writer = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 15_000, killSignal: 'SIGKILL' });
    const lines: string[] = [];
    await new Promise<void>((resolve) => {
      writer.on('close', () => resolve());
      eachLine(writer.stdout, (line) => {
        lines.push(line);
        if (enough(lines, writer)) writer.kill('SIGKILL');
      });
    });
    return lines;
  }
  /** Writes at least `count` blocks; returns the last number that was acknowledged. */
  const blocks = async (count: number, first = 0, slots?: number): Promise<number> => {
    const lines = await write(first, ({ length }) => length >= count, slots);
    return Math.max(first - 1, ...lines.map((line) => writerSample(line)?.seq ?? -1));
  };

  function verify(last: number, slots: number = BLOCKS.slots, tenant = TENANT): Account {
    const argv = [WRITER, 'verify', file, tenant, String(slots), String(last)];
    const { stdout, stderr } = spawnSync(PYTHON, argv, { encoding: 'utf8', timeout: 15_000 });
    expect(stderr).toBe('');
    const [counts = '', ...bad] = stdout.trim().split('\n');
    const [acknowledged, verified, lost, corrupt, stale] = counts.split(' ').map(Number) as [number, number, number, number, number];
    return { acknowledged, verified, lost, corrupt, stale, bad };
  }
  const clean = (acknowledged: number): Account => ({ acknowledged, verified: acknowledged, lost: 0, corrupt: 0, stale: 0, bad: [] });

  function slot(index: number): Buffer {
    const fd = openSync(file, 'r');
    const found = Buffer.alloc(BLOCK);
    readSync(fd, found, 0, BLOCK, index * BLOCK);
    closeSync(fd);
    return found;
  }
  function overwrite(index: number, bytes: Buffer): void {
    const fd = openSync(file, 'r+');
    writeSync(fd, bytes, 0, bytes.length, index * BLOCK);
    closeSync(fd);
  }

  it('are all there after a second of writing', async () => {
    fresh();
    const until = performance.now() + 1000;
    const lines = await write(0, () => performance.now() >= until);
    const last = lines.length - 1;
    expect(last).toBeGreaterThan(5);
    expect(lines.map((line) => writerSample(line)?.seq)).toEqual(lines.map((_, seq) => seq));
    expect(verify(last)).toEqual(clean(last + 1));
  });

  it('of which one bit was flipped on the tail are one fewer, and that one is named', async () => {
    fresh();
    const last = await blocks(40);
    const where = flipAcknowledged(file, TENANT, 17);
    expect(where).toBe(`one bit at byte ${17 * BLOCK + 2000} of the tail's disk, in block 17 of ${TENANT}`);
    expect(verify(last)).toEqual({
      acknowledged: last + 1,
      verified: last,
      lost: 0,
      corrupt: 1,
      stale: 0,
      bad: ['slot 17, sequence 17: corrupt (1 bytes differ, the first at offset 2000)'],
    });
    // the same bit once more is the block as it was
    flipAcknowledged(file, TENANT, 17);
    expect(verify(last)).toEqual(clean(last + 1));
  });

  it.each<[string, () => void, Partial<Account>]>([
    ['zeroed are lost', () => overwrite(5, Buffer.alloc(BLOCK)), { lost: 1, bad: ['slot 5, sequence 5: lost (nothing there)'] }],
    [
      'written to another slot are misdirected, and what stood there is gone',
      () => overwrite(7, slot(3)),
      { corrupt: 1, bad: [`slot 7, sequence 7: corrupt (misdirected: block 3 of ${TENANT})`] },
    ],
    [
      'overwritten by garbage are corrupt',
      () => overwrite(9, Buffer.alloc(BLOCK, 0xa5)),
      { corrupt: 1, bad: [expect.stringMatching(/^slot 9, sequence 9: corrupt \(\d+ bytes differ, the first at offset 0\)$/)] },
    ],
    [
      'torn in the middle are corrupt',
      () => overwrite(11, Buffer.concat([slot(11).subarray(0, 512), Buffer.alloc(BLOCK - 512)])),
      { corrupt: 1 },
    ],
  ])('that were %s', async (_what, damage, account) => {
    fresh();
    const last = await blocks(20);
    damage();
    expect(verify(last)).toMatchObject({ acknowledged: last + 1, verified: last, lost: 0, corrupt: 0, stale: 0, ...account });
  });

  it('that a shorter file no longer holds are lost, each one', async () => {
    fresh();
    const last = await blocks(20);
    truncateSync(file, 15 * BLOCK + 100);
    const { verified, lost, bad } = verify(last);
    expect([verified, lost]).toEqual([15, last + 1 - 15]);
    expect(bad[0]).toBe('slot 15, sequence 15: lost (cut off)');
  });

  it('that an older block came back over are stale', async () => {
    fresh();
    await blocks(16, 0, 16);
    const old = slot(4);
    const last = await blocks(16, 16, 16);
    expect(verify(last, 16)).toEqual(clean(16));
    overwrite(4, old);
    const account = verify(last, 16);
    expect(account).toMatchObject({ verified: 15, lost: 0, corrupt: 0, stale: 1 });
    expect(account.bad).toEqual([expect.stringMatching(/^slot 4, sequence \d+: stale \(still holds \d+\)$/)]);
  });

  it("of another tenant are not taken for one's own", async () => {
    fresh();
    const last = await blocks(5);
    const { corrupt, bad } = verify(last, BLOCKS.slots, 'stormer');
    expect(corrupt).toBe(last + 1);
    expect(bad[0]).toBe('slot 0, sequence 0: corrupt (misdirected: block 0 of victim)');
  });

  it('are none before the first', () => {
    fresh();
    expect(verify(-1)).toEqual(clean(0));
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
        expect(verify(last, slots)).toEqual(clean(Math.min(slots, last + 1)));
      }),
      { seed: 1, numRuns: 50, endOnFailure: true },
    );
  }, 60_000);

  it('are only those that were accepted: a block that the disk refused is not missed later', async () => {
    fresh();
    // RLIMIT_FSIZE makes every write fail with EFBIG until it is lifted (setrlimit(2))
    const lines = await write(
      0,
      (said, writer) => {
        if (said.length === 5) spawnSync('prlimit', ['--pid', String(writer.pid), '--fsize=unlimited:unlimited']);
        return said.length >= 5 && said.filter((line) => !line.includes('error')).length >= 10;
      },
      BLOCKS.slots,
      ['prlimit', '--fsize=0:unlimited'],
    );
    expect(lines.slice(0, 5).every((line) => / error EFBIG$/.test(line))).toBe(true);
    const last = Math.max(...lines.map((line) => writerSample(line)?.seq ?? -1));
    const account = verify(last);
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
            expect(argv.slice(0, 4)).toEqual(['python3', BLOCKS.writer, 'verify', BLOCKS.path]);
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
      flipAcknowledged(file, TENANT, 2);
      overwrite(4, Buffer.alloc(BLOCK));
      expect(await accountOf(last)).toEqual([
        {
          t: 1,
          trial: 'io-storm',
          k: 'data',
          machine: TENANT,
          acknowledged: last + 1,
          verified: last - 1,
          lost: 1,
          corrupt: 1,
          stale: 0,
          detail: 'slot 2, sequence 2: corrupt (1 bytes differ, the first at offset 2000); slot 4, sequence 4: lost (nothing there)',
        },
      ]);
    });

    it.each([
      ['nothing', { code: 0, stdout: '', stderr: '' }, /the data check answered ""/],
      ['half an account', { code: 0, stdout: '5 5 0\n', stderr: '' }, /the data check answered "5 5 0"/],
      ['words', { code: 0, stdout: 'a b c d e\n', stderr: '' }, /the data check answered "a b c d e"/],
      ['a failure', { code: 1, stdout: '', stderr: 'Traceback\nOSError: [Errno 5] Input/output error' }, /Input\/output error$/],
    ])('stand not at all where the check gave %s', async (_what, answer, words) => {
      const error = await accountOf(10, answer).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(InfraError);
      expect((error as Error).message).toMatch(words);
    });
  });
});

describe('a bit flipped on purpose', () => {
  const WHEREVER = fc.tuple(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 0, max: 700 }));

  /** A disk with one block of the writer's at a multiple of 4 KiB; only its header is looked for. */
  function disk(path: string, seq: number, at: number): void {
    const header = Buffer.alloc(36);
    header.write('SPB1', 0, 'latin1');
    header.write(TENANT, 4, 'latin1');
    header.writeBigUInt64LE(BigInt(seq % BLOCKS.slots), 20);
    header.writeBigUInt64LE(BigInt(seq), 28);
    writeFileSync(path, '');
    truncateSync(path, 800 * BLOCK);
    const fd = openSync(path, 'r+');
    writeSync(fd, header, 0, header.length, at * BLOCK);
    closeSync(fd);
  }

  it('is in the block that was meant, wherever on the disk it stands, and is the only one', () => {
    const dir = mkdtempSync(join(tmpdir(), 'flip-'));
    try {
      const path = join(dir, 'disk');
      fc.assert(
        fc.property(WHEREVER, ([seq, at]) => {
          disk(path, seq, at);
          const before = readFileSync(path);
          flipAcknowledged(path, TENANT, seq);
          const after = readFileSync(path);
          const offset = at * BLOCK + 2000;
          expect((before[offset] as number) ^ (after[offset] as number)).toBe(1);
          after[offset] = before[offset] as number;
          expect(after.equals(before)).toBe(true);
        }),
        { numRuns: 30 },
      );
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it.each([
    ['that is not there', TENANT, 6],
    ['of another tenant', 'tenant1', 5],
    ['before the first', TENANT, -1],
  ])('is refused for a block %s', (_what, tenant, seq) => {
    const dir = mkdtempSync(join(tmpdir(), 'flip-'));
    try {
      const path = join(dir, 'disk');
      disk(path, 5, 3);
      expect(() => flipAcknowledged(path, tenant, seq)).toThrow(InfraError);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('is refused where there is no disk', () => {
    expect(() => flipAcknowledged('/nonexistent/disk', TENANT, 0)).toThrow(/^cannot open \/nonexistent\/disk: /);
  });
});
