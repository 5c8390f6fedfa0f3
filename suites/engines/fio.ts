/** fio(1) inside a machine, on the file system of its tail disk. */
import { z } from 'zod';
import { InfraError } from '../../results/errors.ts';
import type { Engine } from './engine.ts';

export interface FioParams {
  readonly pattern: 'randwrite' | 'write';
  readonly block_bytes: number;
  /** requests in flight: so many jobs, each synchronous */
  readonly depth: number;
  /** bytes of each job's file; of the one file, where they share one; of each of many, where `files` says how many */
  readonly size_MiB: number;
  /** fsync(2) after so many writes; never where it is not said */
  readonly fsync_every?: number;
  /** each write is on the disk when it returns (O_DSYNC), as in a database's journal */
  readonly dsync?: true;
  /** past the page cache (O_DIRECT) */
  readonly direct?: true;
  /** a file that is there, which all jobs share; else each has one of its own in `directory` */
  readonly file?: string;
  /** /mnt/disk where it is not said */
  readonly directory?: string;
  /** each job makes so many files one after the other, and takes them away again */
  readonly files?: number;
  /**
   * between two requests of a job; undefined is as fast as it goes. A rate would be made up for after each time that storage stood still, and the host
   * then be stormed by what was to be its ordinary work.
   */
  readonly pause_ms?: number;
  /** of all jobs together, at most and as exactly as it goes; so it is made up for, as what somebody was promised is still owed to them */
  readonly bytes_per_s?: number;
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
        write: z.object({ iops: z.number(), bw_bytes: z.number(), total_ios: z.number(), runtime: z.number(), clat_ns: Latency }),
        sync: z.object({ total_ios: z.number(), lat_ns: Latency.optional() }).optional(),
      }),
    )
    .min(1),
});

/** Each file is made, written, synced, and gone before the next: what a file system does is nearly all for its own bookkeeping. */
const ONE_AFTER_THE_OTHER = [
  '--openfiles=1',
  '--file_service_type=sequential',
  '--create_on_open=1',
  '--fsync_on_close=1',
  '--unlink_each_loop=1',
];

export const fio: Engine<FioParams> = {
  name: 'fio',
  package: 'fio',
  place: 'machine',
  command({ pattern, block_bytes, depth, size_MiB, fsync_every, dsync, direct, file, directory, files, pause_ms, bytes_per_s }, for_s) {
    return {
      argv: [
        'fio',
        '--name=storm',
        file === undefined ? `--directory=${directory ?? '/mnt/disk'}` : `--filename=${file}`,
        '--ioengine=psync',
        `--rw=${pattern}`,
        `--bs=${block_bytes}`,
        `--numjobs=${depth}`,
        ...(files === undefined
          ? [`--size=${sizeWord(size_MiB)}`]
          : [`--nrfiles=${files}`, `--filesize=${sizeWord(size_MiB)}`, ...ONE_AFTER_THE_OTHER]),
        ...(fsync_every === undefined ? [] : [`--fsync=${fsync_every}`]),
        ...(dsync === undefined ? [] : ['--sync=dsync']),
        ...(direct === undefined ? [] : ['--direct=1']),
        ...(pause_ms === undefined ? [] : [`--thinktime=${Math.round(pause_ms * 1000)}`]),
        ...(bytes_per_s === undefined ? [] : [`--rate=${Math.max(1, Math.round(bytes_per_s / depth))}`]),
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
      ran_s: round(job.write.runtime / 1000),
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

/** fio takes no fractions. */
const sizeWord = (size_MiB: number): string => (Number.isInteger(size_MiB) ? `${size_MiB}m` : `${Math.round(size_MiB * 1024)}k`);

const round = (value: number): number => Math.round(value * 10) / 10;
