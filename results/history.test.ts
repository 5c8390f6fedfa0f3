import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { InfraError } from './errors.ts';
import { History, readHistory } from './history.ts';

const dir = mkdtempSync(join(tmpdir(), 'history-'));
afterAll(() => rmSync(dir, { recursive: true }));
const path = join(dir, 'history.jsonl');

const BOOT = { t: 1, trial: 'a', k: 'phase', phase: 'boot', state: 'begin' };
const COUNTERS = { t: 2, trial: 'a', k: 'counters', machine: 'head', when: 'after', values: { oom_kill: 0 } };
/** as it was written when there were fewer kinds of bad blocks */
const OLD_LOST = { t: 3, trial: 'a', k: 'data', machine: 'head', acknowledged: 9, verified: 0, lost: 9, corrupt: 0, stale: 0, detail: '' };
const LOST = { ...OLD_LOST, inflight: 0, unreadable: 0, torn: 0, misdirected: 0 };
const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

function read(text: string | Buffer): ReturnType<typeof readHistory> {
  writeFileSync(path, text);
  return readHistory(path);
}

describe('a history', () => {
  it('is read as it was written', () => {
    rmSync(path, { force: true });
    {
      using history = new History(path, () => 1.23456);
      history.write('a', { k: 'phase', phase: 'boot', state: 'begin' });
      history.write('a', { k: 'skipped', reason: 'no netem here' }, 2);
    }
    expect(readHistory(path)).toEqual({
      records: [
        { ...BOOT, t: 1.235 },
        { t: 2, trial: 'a', k: 'skipped', reason: 'no netem here' },
      ],
      damage: undefined,
    });
  });

  it('may be older than some of the counts', () => {
    expect(read(line(OLD_LOST))).toEqual({ records: [LOST], damage: undefined });
  });

  it('may end in what a power cut left, with or without a line feed', () => {
    for (const tail of ['\0'.repeat(512), `${'\0'.repeat(512)}\n`])
      expect(read(line(BOOT) + tail)).toEqual({ records: [BOOT], damage: 'history.jsonl:2: NUL bytes, as a power cut leaves them' });
  });

  it('cut off at any byte gives the records before the cut, and is never called sound in the middle of one', () => {
    const whole = Buffer.from(line(BOOT) + line({ ...COUNTERS, machine: 'kopf-é' }) + line(LOST));
    const sound = [0, 1, 2, 3].map(
      (lines) => Buffer.from([BOOT, { ...COUNTERS, machine: 'kopf-é' }, LOST].slice(0, lines).map(line).join('')).length,
    );
    for (let bytes = 0; bytes <= whole.length; bytes += 1) {
      const cut = read(whole.subarray(0, bytes));
      expect(cut.records.length).toBe(sound.findLastIndex((end) => end <= bytes));
      expect(cut.damage === undefined).toBe(sound.includes(bytes));
    }
  });

  it('with a changed byte is told as damaged, or is another record of the same kind', () => {
    const whole = Buffer.from(line(BOOT) + line(COUNTERS) + line(LOST));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        const { records, damage } = read(changed);
        expect(records.length < 3).toBe(damage !== undefined);
      }),
    );
  });

  it('may be empty, but not missing', () => {
    expect(read('')).toEqual({ records: [], damage: undefined });
    rmSync(path);
    expect(() => readHistory(path)).toThrow(InfraError);
  });

  it.each<[string, string | Buffer, string | RegExp]>([
    // JSON has no NaN: JSON.stringify makes null of it
    [
      'a figure that is none',
      line({ ...COUNTERS, values: { TcpExtListenDrops: Number.NaN } }),
      /:2: not a history record: values\.TcpExtListenDrops: Invalid input: expected number/,
    ],
    ['a line of another program', 'disk full\n', /^history\.jsonl:2: not JSON$/],
    ['an empty line', '\n', /:2: an empty line$/],
    ['a line that was cut in two', line(COUNTERS).replace('"when"', '\n"when"'), /:2: not JSON \(the first of 2 damaged lines\)$/],
    ['a kind that nobody knows', line({ t: 2, trial: 'a', k: 'rumour' }), /:2: not a history record: k: Invalid/],
    ['what a power cut left', `${'\0'.repeat(4096)}\n`, /:2: NUL bytes, as a power cut leaves them$/],
    ['a line whose end a power cut took', line(COUNTERS).replace('"values"', '\0\0\0\0\0\0\0'), /:2: NUL bytes/],
    ['a byte that is no UTF-8', Buffer.from(line(COUNTERS).replace('head', 'h\xe9ad'), 'latin1'), /:2: not UTF-8$/],
  ])('is read on behind %s, and that is told', (_what, bad, damage) => {
    const whole = read(Buffer.concat([line(BOOT), bad, line(LOST)].map((part) => Buffer.from(part))));
    expect(whole.records).toEqual([BOOT, LOST]);
    expect(whole.damage).toMatch(damage);
  });

  it('says of a torn last line that it is cut off, be it a whole record or none', () => {
    for (const tail of ['{"t":', JSON.stringify(LOST)])
      expect(read(line(BOOT) + tail)).toEqual({ records: [BOOT], damage: 'history.jsonl:2: the last line is cut off' });
    expect(read(`x\n${line(BOOT)}y\n{"t":`).damage).toMatch(/:1: not JSON \(the first of 3 damaged lines\)$/);
  });
});
