import { describe, expect, it } from 'vitest';
import { InfraError, Interrupted, UsageError } from '../results/errors.ts';
import { CLASSES } from '../suites/classes.ts';
import { PROFILES } from '../suites/profiles.ts';
import { whyNoRoom } from '../targets/lab/cost.ts';
import { costOf } from './class-cost.ts';
import { type System, thisSystem } from './doctor/system.ts';
import { ensureRequirements, examine, missingPrograms, renderFindings } from './doctor.ts';
import { isDebian, PROGRAMS } from './requirements.ts';
import { formsOf } from './work.ts';

const GIB = 2 ** 30;
const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n';

/** A machine that lacks `missing`; apt-get brings what it is asked for unless `broken` says how often it fails first. */
function machine(missing: readonly string[], change: Partial<System> & { broken?: number } = {}): System & { ran: string[] } {
  const lacking = new Set(missing);
  const ran: string[] = [];
  let broken = change.broken ?? 0;
  return {
    uid: 0,
    cacheDir: '/var/cache/x',
    ran,
    find: (program) => (lacking.has(program) ? undefined : `/usr/sbin/${program}`),
    exists: (path) => !lacking.has(path),
    async run(argv) {
      ran.push(argv.join(' '));
      if (argv[1] !== 'install') return { ok: true, output: 'tool version 1.2.3 (x)' };
      if (broken-- > 0) return { ok: false, output: 'E: Unable to fetch some archives' };
      lacking.clear();
      return { ok: true, output: '' };
    },
    osRelease: () => DEBIAN,
    hasPackageLists: () => true,
    openError: () => undefined,
    freeBytes: () => 9 * GIB,
    memoryRoom: () => ({ free_MiB: 9 * 1024, limitedBy: '' }),
    ...change,
  };
}

const note = () => {};
const INSTALL = 'apt-get install -y --no-install-recommends netsniff-ng squashfs-tools';
const LACKS = ['trafgen', 'mksquashfs', 'sqfstar'];

describe('setting a machine up', () => {
  it('does nothing where nothing is missing', async () => {
    const sound = machine([]);
    await ensureRequirements({ install: true, note }, sound);
    expect(sound.ran.filter((line) => line.startsWith('apt-get'))).toEqual([]);
  });

  it('installs each package once', async () => {
    const system = machine(LACKS);
    const notes: string[] = [];
    await ensureRequirements({ install: true, note: (text) => notes.push(text) }, system);
    expect(system.ran.filter((line) => line.startsWith('apt-get'))).toEqual([INSTALL]);
    expect(notes).toEqual([INSTALL]);
  });

  it.each<[string, Partial<System> & { broken?: number }, string[]]>([
    ['fetches the lists first when there are none', { hasPackageLists: () => false }, ['apt-get update', INSTALL]],
    ['fetches them anew when installing fails', { broken: 1 }, [INSTALL, 'apt-get update', INSTALL]],
  ])('%s', async (_what, change, commands) => {
    const system = machine(LACKS, change);
    await ensureRequirements({ install: true, note }, system);
    expect(system.ran.filter((line) => line.startsWith('apt-get'))).toEqual(commands);
  });

  it('goes no further once it is interrupted, in whatever it does', async () => {
    for (const waits of ['apt-get update', INSTALL]) {
      const abort = new AbortController();
      const system = machine(LACKS, { hasPackageLists: () => false });
      const run = system.run;
      system.run = async (argv, limit_s, signal) => {
        if (argv.join(' ') === waits) abort.abort(new Interrupted('interrupted by SIGTERM'));
        expect(signal).toBe(abort.signal);
        return run(argv, limit_s);
      };
      await expect(ensureRequirements({ install: true, note, signal: abort.signal }, system)).rejects.toThrow(Interrupted);
      expect(system.ran.at(-1)).toBe(waits);
    }
  });

  it('ends the program that it waits for when it is interrupted', async () => {
    const abort = new AbortController();
    const begun = performance.now();
    const done = thisSystem.run(['sleep', '20'], 20, abort.signal);
    abort.abort();
    expect((await done).ok).toBe(false);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it.each<[string, Partial<System> & { broken?: number }, boolean, typeof UsageError | typeof InfraError, RegExp]>([
    ['it may not', {}, false, UsageError, new RegExp(`trafgen, mksquashfs, sqfstar; ${INSTALL}$`)],
    ['it is not root', { uid: 1000 }, true, UsageError, new RegExp(`; sudo ${INSTALL}$`)],
    ['it is no Debian', { osRelease: () => 'ID=fedora\n' }, true, UsageError, /on Debian: apt-get install/],
    ['apt-get fails', { broken: 9 }, true, InfraError, /failed \(still missing: trafgen, .*Unable to fetch/],
  ])('says what to do when %s', async (_what, change, install, kind, words) => {
    const attempt = ensureRequirements({ install, note }, machine(LACKS, change));
    await expect(attempt).rejects.toThrow(words);
    await expect(attempt).rejects.toBeInstanceOf(kind);
  });

  it('cannot mend what no package brings', async () => {
    const system = machine([], { openError: (path) => (path === '/dev/net/tun' ? 'ENOENT' : undefined), freeBytes: () => GIB });
    await expect(ensureRequirements({ install: true, note }, system)).rejects.toThrow(/net\/tun: ENOENT.*; free disk: 1\.0 GiB/);
  });
});

describe('the doctor', () => {
  it('shows versions, what is missing, and the command', async () => {
    const text = renderFindings(await examine(machine(['trafgen'], { openError: (path) => (path === '/dev/kvm' ? 'EACCES' : undefined) })));
    expect(text).toMatch(/^ok {6}nbdkit +1\.2\.3$/m);
    expect(text).toMatch(/^MISSING trafgen +missing: IPv6 floods \(package netsniff-ng\)$/m);
    expect(text).toMatch(/^no {6}\/dev\/kvm +EACCES: machines run under TCG/m);
    expect(text).toMatch(/apt-get install -y --no-install-recommends netsniff-ng\n$/);
  });

  it('finds memory too little for the smallest class where that would be refused', async () => {
    const size = CLASSES['1G'];
    const profile = PROFILES.quick;
    const costs = size.suites.flatMap((form) => formsOf(form, profile)).map((form) => costOf(size, profile, [form]).memory_MiB);
    const least_MiB = Math.max(...costs) + 512;
    const memoryWith = async (free_MiB: number) => {
      const limitedBy = 'the control group /ci allows no more';
      const found = (await examine(machine([], { memoryRoom: () => ({ free_MiB, limitedBy }) }))).find(
        ({ name }) => name === 'free memory',
      );
      expect(whyNoRoom(Math.max(...costs), { free_MiB, limitedBy }) === undefined).toBe(found?.ok);
      return [found?.ok, found?.detail];
    };
    expect(await memoryWith(least_MiB)).toEqual([true, expect.stringContaining('GiB are needed for the smallest class')]);
    expect(await memoryWith(least_MiB - 1)).toEqual([false, expect.stringContaining('(the control group /ci allows no more)')]);
  });

  it('looks for a file where a package brings no program', async () => {
    const [wanted] = PROGRAMS.flatMap(({ file }) => file ?? []);
    const findings = await examine(machine([wanted ?? '']), true);
    expect(findings.find(({ name }) => name === 'prometheus_client')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/package python3-/),
    });
    expect((await examine(machine([]), true)).find(({ name }) => name === 'prometheus_client')).toMatchObject({ ok: true, detail: wanted });
  });

  it('looks at this machine without failing', async () => {
    expect((await examine()).length).toBeGreaterThan(15);
    expect(Array.isArray(missingPrograms())).toBe(true);
    const nothing = { ...machine([]), find: () => undefined };
    const names = (tests?: boolean) => missingPrograms(nothing, tests).map(({ program }) => program);
    expect(names()).not.toContain('initdb');
    expect(names(true)).toContain('initdb');
  });

  it.each([
    ['ID=ubuntu\nID_LIKE=debian\n', true],
    ['ID="linuxmint"\nID_LIKE="ubuntu debian"\n', true],
    ['ID=fedora\n', false],
    ['VERSION_ID=debian\n', false],
    ['', false],
  ])('knows a Debian: %j', (osRelease, expected) => {
    expect(isDebian(osRelease)).toBe(expected);
  });
});
