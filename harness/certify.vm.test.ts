/** The whole way, on real kernels: one command to a verdict. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leftovers, NOTHING, run, start, theRun, workspace } from './commandline.testing.ts';

const MEGABYTE_KIB = 1024;
/** The controller's memory while machines run. */
const CONTROLLER_LIMIT_KIB = 250 * MEGABYTE_KIB;
const QUICK_LIMIT_S = 360;

test('certifies Debian 6.1 in three suites, floods of every kind among them, within the time and memory promised, and leaves nothing behind', async () => {
  using space = workspace();
  expect((await run(['keygen', '--out', 'night.key'], space)).code).toBe(0);
  const started = start(['certify', '--kernel', 'deb:linux-image-cloud-amd64', '--seed', '7', '--sign', 'night.key'], space);
  let peak_KiB = 0;
  const watch = setInterval(() => {
    peak_KiB = Math.max(peak_KiB, residentPeak(started.child.pid as number));
  }, 500);
  const { code, stdout, stderr } = await started.done;
  clearInterval(watch);
  expect(code, stdout + stderr).toBe(0);

  const { run: record, junit, records, damage, path } = theRun(space.dir);
  expect(damage).toBeUndefined();
  expect(record.verdict).toBe('pass');
  expect(record.seed).toBe(7);
  expect(record.trials.map(({ suite, verdict }) => [suite, verdict])).toEqual([
    ['ipv6-flood', 'pass'],
    ['ipv6-flood', 'pass'],
    ['io-storm', 'pass'],
    ['storage-cutoff', 'pass'],
    ['storage-cutoff', 'pass'],
  ]);
  // the record says that the kernel was treated more strictly than its default
  expect(record.notes.join()).toContain('hung-task timeout is 10 s');
  expect(record.candidates[0]?.release).toMatch(/^6\.1\./);
  expect(record.candidates[0]?.files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
  // every machine has measured recovery times of all three probes
  for (const trial of record.trials)
    for (const recovery of trial.recovery) expect(recovery).toMatchObject({ how: 'self', seconds: expect.any(Number) });
  expect(junit.match(/<testsuite /g)).toHaveLength(5);
  expect(junit).not.toMatch(/<failure|<error/);
  // consoles were captured from the first byte on
  expect(readFileSync(join(path, 'console', 'ipv6-flood.udp-66.head.log'), 'latin1')).toMatch(/^\S*\[ +0\.000000\] Linux version/);
  // the storm is proven by what the other end counted
  const effects = record.trials.map(({ objectives }) => objectives.filter(({ threshold }) => threshold.startsWith('>=')));
  expect(effects.flat().every(({ verdict }) => verdict === 'pass')).toBe(true);
  // one for what the card received, and for each vector of the mix one at least
  expect(effects.map(({ length }) => length)).toEqual([2, expect.toSatisfy((length: number) => length > 10), 1, 2, 2]);
  // and of the storm of I/O it is known whose it was
  expect(record.trials.find(({ suite }) => suite === 'io-storm')?.culprits?.accused).toMatchObject([{ tenant: 'stormer', process: 'fio' }]);
  expect(records.filter(({ k }) => k === 'sample').length).toBeGreaterThan(1000);
  expect(peak_KiB).toBeGreaterThan(0);
  expect(peak_KiB).toBeLessThan(CONTROLLER_LIMIT_KIB);
  expect((records.at(-1)?.t ?? Number.POSITIVE_INFINITY) < QUICK_LIMIT_S).toBe(true);
  expect(leftovers(space.env)).toEqual(NOTHING);

  // what was judged can be judged again from the directory alone
  const again = await run(['judge', path], space);
  expect(again.code).toBe(0);
  expect(again.stdout).toContain('PASS');
  // and it is in the store
  const kept = await run(['history', record.id, '--json'], space);
  expect(JSON.parse(kept.stdout)).toEqual(record);

  // and its certificate opens a gate for this kernel on this class, and for nothing else
  const gate = (...more: string[]) => run(['gate', join(path, 'certificate.json'), '--trust', 'night.key.pub', ...more], space);
  const release = record.candidates[0]?.release as string;
  const opened = await gate('--kernel', release, '--class', '1G', '--max-age', '1d', '--require-scope', 'lab');
  expect(opened.code, opened.stdout + opened.stderr).toBe(0);
  expect((await gate('--require-scope', 'metal')).code).toBe(1);
  appendFileSync(join(path, 'history.jsonl'), '\n');
  expect(await gate()).toMatchObject({ code: 1, stdout: expect.stringContaining('evidence: history.jsonl: not as it was signed') });
});

test('certifies a 6.12 kernel from the archive', async () => {
  using space = workspace();
  const { code, stdout, stderr } = await run(['certify', '--kernel', 'deb:linux-image-6.12-cloud-amd64'], space);
  expect(code, stdout + stderr).toBe(0);
  const { run: record } = theRun(space.dir);
  expect(record.candidates[0]?.release).toMatch(/^6\.12\./);
  expect(record.trials.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass']);
  expect(leftovers(space.env)).toEqual(NOTHING);
});

/** VmHWM of a process in KiB, 0 when it has ended (proc(5)). */
function residentPeak(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // it has ended between two looks
  }
}
