import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

function read(text: string): ReturnType<typeof readHistory> {
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

  it('may be empty, but not missing', () => {
    expect(read('')).toEqual({ records: [], damage: undefined });
    rmSync(path);
    expect(() => readHistory(path)).toThrow(InfraError);
  });

  it.each<[string, string, string | RegExp]>([
    // JSON has no NaN: JSON.stringify makes null of it
    ['a figure that is none', line({ ...COUNTERS, values: { TcpExtListenDrops: Number.NaN } }), /:2: Invalid input: expected number/],
    ['a line of another program', 'disk full\n', /:2: .*not valid JSON/],
    ['an empty line', '\n', /:2: Unexpected end of JSON input/],
    ['a line that was cut in two', line(COUNTERS).replace('"when"', '\n"when"'), /:2: .* \(the first of 2 damaged lines\)$/],
    ['a kind that nobody knows', line({ t: 2, trial: 'a', k: 'rumour' }), /:2: Invalid/],
  ])('is read on behind %s, and that is told', (_what, bad, damage) => {
    const whole = read(line(BOOT) + bad + line(LOST));
    expect(whole.records).toEqual([BOOT, LOST]);
    expect(whole.damage).toMatch(damage);
  });

  it('says of a torn last line that it is cut off, be it a whole record or none', () => {
    for (const tail of ['{"t":', JSON.stringify(LOST)])
      expect(read(line(BOOT) + tail)).toEqual({ records: [BOOT], damage: `${path}:2: the last line is cut off` });
    expect(read(`x\n${line(BOOT)}y\n{"t":`).damage).toMatch(/:1: .*not valid JSON.* \(the first of 3 damaged lines\)$/);
  });
});
