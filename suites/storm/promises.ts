/** What a tenant does to see whether a promise is held: it asks for a little more than it was promised, and goes on asking. Pure. */
import type { Grade, Trying } from '../../results/grades.ts';
import type { FioParams } from '../engines/fio.ts';

const COMMIT_bytes = 4096;
const SIZE_MiB = 4;
/** What is asked for, as part of what was promised: who asks for no more than that is short of it in each second in which it is a moment late. */
const ASKED = 1.1;
/** A tenant keeps in flight what its promise needs where a write takes as long as was promised, or else so long. */
const WRITE_ms = 50;
const MOST_JOBS = 256;
/** Each job keeps to its own rate, and all begin at once: below so many a second, how many of them fall into one is chance. */
const LEAST_PER_JOB = 10;
/** Large writes are as large as leaves so many of them in each second. */
const LARGE_PER_S = 40;
const MOST_LARGE_bytes = 1_048_576;
/** Where a latency alone is promised: a commit, a short thought, the next. */
const PAUSE_ms = 10;

/** Each write is on the disk when it returns, as a commit is; `file` is the tenant's. */
type Work = Omit<FioParams, 'file'>;
const COMMITTED = { size_MiB: SIZE_MiB, dsync: true, direct: true } as const;

/** Undefined where nothing of the kind was promised. */
export const TRYING: Readonly<Record<Trying, (grade: Grade) => Work | undefined>> = {
  commits({ iops, p99_ms }) {
    const commit = { ...COMMITTED, pattern: 'randwrite', block_bytes: COMMIT_bytes } as const;
    if (iops !== undefined) return { ...commit, ...paced(iops * COMMIT_bytes, COMMIT_bytes, p99_ms ?? WRITE_ms) };
    return p99_ms === undefined ? undefined : { ...commit, depth: 1, pause_ms: PAUSE_ms };
  },
  throughput({ bytes_per_s }) {
    if (bytes_per_s === undefined) return undefined;
    const wanted = 2 ** Math.floor(Math.log2(bytes_per_s / LARGE_PER_S));
    const block_bytes = Math.min(MOST_LARGE_bytes, Math.max(COMMIT_bytes, wanted));
    return { ...COMMITTED, pattern: 'write', block_bytes, ...paced(bytes_per_s, block_bytes, WRITE_ms) };
  },
};

/** The rate that is asked for, and how many writes at once can hold it where each takes so long. */
function paced(promised_bytes_per_s: number, block_bytes: number, write_ms: number): Pick<FioParams, 'depth' | 'bytes_per_s'> {
  const bytes_per_s = Math.round(promised_bytes_per_s * ASKED);
  const writes_per_s = bytes_per_s / block_bytes;
  const inFlight = Math.ceil((writes_per_s * write_ms) / 1000);
  return { depth: Math.max(1, Math.min(inFlight, MOST_JOBS, Math.floor(writes_per_s / LEAST_PER_JOB))), bytes_per_s };
}
