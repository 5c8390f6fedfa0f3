/** `run.json` of a directory that may come from anywhere. */
import { join } from 'node:path';
import { explain, UsageError } from '../../results/errors.ts';
import { type Run, SCHEMA_VERSION } from '../../results/model.ts';
import { readRecord, versionOf } from '../../results/record.ts';
import { openPlain } from './file-tail.ts';

/** The longest seen have a few MB. */
const LONGEST_BYTES = 32 * 1024 * 1024;
/** One that is longer is read while no other such one is: checked against the model it takes many times its length. */
const LARGE_BYTES = 2 * 1024 * 1024;

export interface RecordFile {
  /** undefined where there is none that can be shown */
  readonly record: Run | undefined;
  /** that the directory was written with; this program's where the record does not tell */
  readonly version: number;
  /** why there is no record, in words; undefined where there is one, or no file */
  readonly problem: string | undefined;
}

/** The record in `dir`, of any version up to this program's. */
export async function readRecordFile(dir: string): Promise<RecordFile> {
  try {
    const handle = await openPlain(join(dir, 'run.json'));
    if (handle === undefined) return without(undefined);
    try {
      const { size } = await handle.stat();
      if (size > LONGEST_BYTES)
        return without(`run.json is too large to be shown: it has ${mebibytes(size)} MiB, and ${mebibytes(LONGEST_BYTES)} are the most`);
      const read = async (): Promise<RecordFile> => {
        const buffer = Buffer.alloc(size); // as long as it was found to be, whatever is added meanwhile
        const { bytesRead } = await handle.read(buffer, 0, size, 0);
        return recordOf(buffer.toString('utf8', 0, bytesRead));
      };
      return await (size > LARGE_BYTES ? oneByOne(read) : read());
    } finally {
      await handle.close();
    }
  } catch (error) {
    return without(`run.json cannot be read: ${explain(error)}`);
  }
}

const without = (problem: string | undefined): RecordFile => ({ record: undefined, version: SCHEMA_VERSION, problem });
const mebibytes = (bytes: number): string => Math.ceil(bytes / 1024 / 1024).toLocaleString('en');

function recordOf(text: string): RecordFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return without('run.json is damaged: it is not JSON');
  }
  try {
    return { record: readRecord(json), version: versionOf(json), problem: undefined };
  } catch (error) {
    return without(error instanceof UsageError ? `run.json is ${explain(error)}` : `run.json is damaged: ${explain(error)}`);
  }
}

let last: Promise<unknown> = Promise.resolve();

function oneByOne<T>(work: () => Promise<T>): Promise<T> {
  const mine = last.then(work);
  last = mine.catch(() => undefined); // it is told to whoever asked
  return mine;
}
