import { spawn } from 'node:child_process';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accountIn } from './accounting.ts';

const PROGRAM = join(import.meta.dirname, '../targets/lab/guest/accounting.py');

describe('an account of I/O', () => {
  it('is read off a line, and nothing is made up from another', () => {
    const line =
      '{"for_s": 1.003, "devices": {"vda": {"writes": 21, "written_bytes": 4096}}, "processes": [{"pid": 9, "name": "fio", "group": "tenants/a", "write_calls": 3}]}';
    expect(accountIn(line)).toMatchObject({
      for_s: 1.003,
      devices: { vda: { writes: 21 } },
      processes: [{ name: 'fio', group: 'tenants/a' }],
    });
    for (const torn of ['', line.slice(0, 60), '{}', '{"for_s":0,"devices":{},"processes":[]}', '[1]'])
      expect(accountIn(torn)).toBeUndefined();
  });

  it('names the process that writes, on this machine', { timeout: 20_000 }, async () => {
    const dir = mkdtempSync(join(import.meta.dirname, '../results/runs-accounting-'));
    const program = spawn('python3', [PROGRAM, '0.3', '1000']);
    try {
      const file = openSync(join(dir, 'written'), 'w');
      const block = Buffer.alloc(65_536, 1);
      let written = 0;
      for await (const chunk of program.stdout) {
        const own = chunk
          .toString()
          .split('\n')
          .flatMap((line: string) => accountIn(line)?.processes ?? [])
          .find(({ pid }: { pid: number }) => pid === process.pid);
        written = own?.written_bytes ?? 0;
        if (written > 0) break;
        for (let each = 0; each < 16; each += 1) writeSync(file, block);
        fsyncSync(file);
      }
      closeSync(file);
      expect(written).toBeGreaterThanOrEqual(block.length);
    } finally {
      program.kill('SIGKILL');
      rmSync(dir, { recursive: true });
    }
  });
});
