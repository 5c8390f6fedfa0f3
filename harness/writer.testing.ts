/** For tests that run the writer of the data check on this machine, on a plain file. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eachLine } from '../suites/probes/lines.ts';
import { type Account, readAccount } from './data.ts';
import { BLOCK_BYTES, type BlockName } from './tamper.ts';

const ROOT = join(import.meta.dirname, '..');
const GUEST = join(ROOT, 'targets/lab/guest');
export const WRITER = join(GUEST, 'writer.py');
export const TENANT = 'victim';

/** The interpreter itself: a version manager's stand-in for it takes longer to start than a block takes to be written. */
export const PYTHON = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout?.trim() ?? '';
/** A directory on a disk that can be read past the cache. */
export const WHERE = [tmpdir(), ROOT].find(takesDirect);
/** Why the tests are skipped; empty where they are not. */
export const WHY_NOT =
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
    writeFileSync(file, Buffer.alloc(BLOCK_BYTES));
    closeSync(openSync(file, constants.O_RDONLY | constants.O_DIRECT));
    return true;
  } catch {
    return false; // that is what was asked
  } finally {
    rmSync(dir, { recursive: true });
  }
}

interface Blocks {
  readonly file: string;
  readonly slots: number;
  readonly first: number;
  readonly tenant?: string;
  /** what the writer is started by */
  readonly prefix?: readonly string[];
}

/** The real writer from block `first` on; killed once `enough` says so of the lines that it gave. Returns these. */
export async function writeBlocks(
  { file, slots, first, tenant = TENANT, prefix = [] }: Blocks,
  enough: (lines: readonly string[], writer: ChildProcess) => boolean,
): Promise<string[]> {
  const [program = PYTHON, ...args] = [...prefix, PYTHON, WRITER, 'write', file, tenant, '2000', String(slots), String(first)];
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

const SERVER = `
import base64, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import writer
for line in sys.stdin:
    what, tenant, *rest = line.rstrip('\\n').split('\\t')
    if what == 'block':
        print(base64.b64encode(writer.block(tenant.encode(), *map(int, rest))).decode(), flush=True)
    else:
        writer.verify(rest[0], tenant.encode(), *map(int, rest[1:]))
`;

/** The writer's own functions, in one process: to start one takes longer than the account of some hundred blocks. */
export class Writer implements Disposable {
  readonly #python = spawn(PYTHON, ['-c', SERVER, GUEST], { stdio: ['pipe', 'pipe', 'inherit'] });
  readonly #lines = createInterface(this.#python.stdout)[Symbol.asyncIterator]();

  async verify(file: string, slots: number, last: number, tenant = TENANT): Promise<Account> {
    return readAccount(await this.#ask(['verify', tenant, file, slots, last]), tenant);
  }

  async block({ tenant, slot, seq }: BlockName): Promise<Buffer> {
    return Buffer.from(await this.#ask(['block', tenant, slot, seq]), 'base64');
  }

  async #ask(words: readonly (string | number)[]): Promise<string> {
    this.#python.stdin.write(`${words.join('\t')}\n`);
    return String((await this.#lines.next()).value);
  }

  [Symbol.dispose](): void {
    this.#python.kill();
  }
}

/** An account in which nothing is wrong. */
export function clean(acknowledged: number): Account {
  const none = { inflight: 0, lost: 0, unreadable: 0, stale: 0, torn: 0, misdirected: 0, corrupt: 0 };
  return { acknowledged, verified: acknowledged, ...none, bad: [] };
}
