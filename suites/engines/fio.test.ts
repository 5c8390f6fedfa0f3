import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import { type FioParams, fio } from './fio.ts';

const FIO = spawnSync('fio', ['--version']).error === undefined;

const PARAMS: FioParams = { pattern: 'randwrite', block_bytes: 4096, depth: 2, fsync_every: 4, size_MiB: 1 };

/** From a run of fio 3.33 with these parameters for one second; what is not read is left out. */
const CAPTURED = `fio: this line stands for the warnings that fio may put first
{
  "fio version" : "fio-3.33",
  "timestamp" : 1795377649,
  "jobs" : [
    {
      "jobname" : "storm",
      "groupid" : 0,
      "error" : 0,
      "write" : {
        "io_bytes" : 151240704,
        "bw_bytes" : 151089614,
        "bw" : 147548,
        "iops" : 36887.112887,
        "runtime" : 1001,
        "total_ios" : 36924,
        "clat_ns" : { "min" : 2063, "max" : 4652103, "mean" : 4160.710893, "stddev" : 38352.131808, "N" : 36924 }
      },
      "sync" : {
        "total_ios" : 9231,
        "lat_ns" : { "min" : 77576, "max" : 4782136, "mean" : 194693.723974, "stddev" : 253588.832968, "N" : 9231 }
      }
    }
  ]
}
`;

describe("fio's command", () => {
  it('is bounded in time and place, and reports as JSON', () => {
    const { argv, input } = fio.command(PARAMS, 20, undefined);
    expect(argv.join(' ')).toBe(
      'fio --name=storm --directory=/mnt/disk --ioengine=psync --rw=randwrite --bs=4096 --numjobs=2 --size=1m --fsync=4 --time_based --runtime=20 --thread --group_reporting --fallocate=none --output-format=json',
    );
    expect(input).toBeUndefined();
  });

  it('pauses between requests where it is a steady load', () => {
    expect(fio.command({ ...PARAMS, pause_ms: 25 }, 1, undefined).argv).toContain('--thinktime=25000');
    expect(fio.command(PARAMS, 1, undefined).argv.join()).not.toContain('thinktime');
  });

  it('keeps all jobs together to a rate', () => {
    expect(fio.command({ ...PARAMS, depth: 3, bytes_per_s: 100_000 }, 1, undefined).argv).toContain('--rate=33333');
    expect(fio.command(PARAMS, 1, undefined).argv.join()).not.toContain('rate');
  });
});

describe("fio's figures", () => {
  it('are read off its report', () => {
    expect(fio.figures(CAPTURED)).toEqual({
      write_iops: 36_887.1,
      write_bytes_per_s: 151_089_614,
      writes: 36_924,
      ran_s: 1,
      longest_write_ms: 4.7,
      longest_fsync_ms: 4.8,
    });
  });

  it('have percentiles in milliseconds, where its report has them', () => {
    const told = CAPTURED.replace(
      '"N" : 36924 }',
      '"N" : 36924, "percentile" : { "50.000000" : 3536, "99.000000" : 8032, "99.500000" : 9000 } }',
    );
    expect(fio.figures(told)).toMatchObject({ write_p50_ms: 0.004, write_p99_ms: 0.008 });
    expect(Object.keys(fio.figures(told)).filter((name) => /p99\d|fsync_p/.test(name))).toEqual([]);
  });

  it('are none where it printed nothing', () => {
    expect(fio.figures('')).toEqual({});
    expect(fio.figures('\n')).toEqual({});
  });

  it.each([
    ['no JSON', 'fio: failed parsing directory=/mnt/disk\n'],
    ['a report that was cut off', CAPTURED.slice(0, 400)],
    ['a report without jobs', '{"fio version":"fio-3.33","jobs":[]}'],
    ['another report', '{"hello":1}'],
  ])('are not made up from %s', (_what, text) => {
    expect(() => fio.figures(text)).toThrow(InfraError);
  });

  it.runIf(FIO)('are what a real fio did on a real disk', () => {
    const dir = mkdtempSync(join(tmpdir(), 'fio-'));
    try {
      const [program, ...rest] = fio.command({ ...PARAMS, depth: 1, pause_ms: 5 }, 2, undefined).argv as [string, ...string[]];
      const args = rest.map((word) => (word === '--directory=/mnt/disk' ? `--directory=${dir}` : word));
      const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', timeout: 15_000 });
      expect([stderr, status]).toEqual(['', 0]);
      const { writes, write_iops, longest_write_ms, longest_fsync_ms } = fio.figures(stdout) as Record<string, number>;
      // up to 200 writes/s for two seconds, at the pace of a disk that may be slow
      expect(writes).toBeGreaterThan(20);
      expect(writes).toBeLessThan(450);
      expect(write_iops).toBeLessThan(230);
      expect(longest_write_ms).toBeGreaterThanOrEqual(0);
      expect(longest_fsync_ms).toBeGreaterThan(0);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
