/** fio(1) inside a machine, on the file system of its tail disk. */
import { z } from 'zod';
import { InfraError } from '../../results/errors.ts';
import type { Engine } from './engine.ts';

export interface FioParams {
  readonly pattern: 'randwrite' | 'write';
  readonly block_bytes: number;
  /** requests in flight: so many jobs, each synchronous */
  readonly depth: number;
  /** fsync(2) after so many writes */
  readonly fsync_every: number;
  /** bytes of each job's file */
  readonly size_MiB: number;
  /**
   * between two requests of a job; undefined is as fast as it goes. A rate would be made up for after each time that storage stood still, and the host
   * then be stormed by what was to be its ordinary work.
   */
  readonly pause_ms?: number;
}

/** In nanoseconds. fio keeps a histogram, of which no bucket is wider than a 64th of its values (stat.h, FIO_IO_U_PLAT_BITS). */
const Latency = z.object({ max: z.number().optional(), percentile: z.record(z.string(), z.number()).optional() });
/** Percentile of fio's report -> what it is called in figures. */
const PERCENTILES = { '50.000000': 'p50', '99.000000': 'p99', '99.900000': 'p999', '99.990000': 'p9999' } as const;

/** The part of `--output-format=json` that is read. */
const Report = z.object({
  jobs: z
    .array(
      z.object({
        write: z.object({ iops: z.number(), bw_bytes: z.number(), total_ios: z.number(), clat_ns: Latency }),
        sync: z.object({ total_ios: z.number(), lat_ns: Latency.optional() }).optional(),
      }),
    )
    .min(1),
});

export const fio: Engine<FioParams> = {
  name: 'fio',
  package: 'fio',
  place: 'machine',
  command(params, for_s) {
    return {
      argv: [
        'fio',
        '--name=storm',
        '--directory=/mnt/disk',
        '--ioengine=psync',
        `--rw=${params.pattern}`,
        `--bs=${params.block_bytes}`,
        `--numjobs=${params.depth}`,
        `--size=${params.size_MiB}m`,
        `--fsync=${params.fsync_every}`,
        ...(params.pause_ms === undefined ? [] : [`--thinktime=${Math.round(params.pause_ms * 1000)}`]),
        '--time_based',
        `--runtime=${for_s}`,
        '--thread',
        '--group_reporting',
        '--fallocate=none',
        '--output-format=json',
      ],
    };
  },
  figures(stdout) {
    if (stdout.trim() === '') return {};
    let json: unknown;
    try {
      // fio puts warnings before its report
      json = JSON.parse(stdout.slice(stdout.indexOf('{')));
    } catch (cause) {
      throw new InfraError('fio printed no report', { cause });
    }
    const report = Report.safeParse(json);
    const job = report.data?.jobs[0];
    if (job === undefined) throw new InfraError('fio printed a report of another form', { cause: report.error });
    return {
      write_iops: round(job.write.iops),
      write_bytes_per_s: round(job.write.bw_bytes),
      writes: job.write.total_ios,
      longest_write_ms: round((job.write.clat_ns.max ?? 0) / 1e6),
      longest_fsync_ms: round((job.sync?.lat_ns?.max ?? 0) / 1e6),
      ...percentiles('write', job.write.clat_ns),
      ...percentiles('fsync', job.sync?.lat_ns),
    };
  },
};

/** `write_p99_ms` and its like, to the microsecond; none of what was never done. */
function percentiles(what: 'write' | 'fsync', latency: z.infer<typeof Latency> | undefined): Record<string, number> {
  return Object.fromEntries(
    Object.entries(PERCENTILES).flatMap(([key, name]) => {
      const ns = latency?.percentile?.[key];
      return ns === undefined ? [] : [[`${what}_${name}_ms`, Math.round(ns / 1000) / 1000]];
    }),
  );
}

const round = (value: number): number => Math.round(value * 10) / 10;
