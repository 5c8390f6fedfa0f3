/** When our side fails, the verdict is `unknown` or the error is clear, and nothing is left running. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leftovers, NOTHING, run, theRun, workspace } from './commandline.testing.ts';

const FLOOD = ['run', 'ipv6-flood/udp-66'];
const BOOT_LIMIT = 'boot_limit_s: 20\n';

test('a full disk in the run directory', async () => {
  using space = workspace();
  const disk = join(space.dir, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  try {
    const { code, stdout, stderr } = await run([...FLOOD, '--out', join(disk, 'out')], space);
    expect(code, stdout + stderr).toBe(125);
    expect(stdout + stderr).toMatch(/no space left on device/i);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(leftovers(space.env)).toEqual(NOTHING);
  } finally {
    execFileSync('umount', [disk]);
  }
});

test('QEMU missing: the package is named, nothing is begun', async () => {
  using space = workspace();
  // in a mount namespace of the test's own nothing that can be run stands where QEMU was
  const hide = `mount --bind /dev/null ${realPath('qemu-system-x86_64')} && exec "$@"`;
  const through = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', hide, 'sh'];
  const { code, stderr } = await run([...FLOOD, '--no-install'], { ...space, through });
  expect(stderr).toMatch(/apt-get install .*qemu-system-x86/);
  expect(code).toBe(2);
  expect(leftovers(space.env)).toEqual(NOTHING);
});

test('ports that others use do not matter: the lab has its own', async () => {
  using space = workspace();
  const servers = [10_809, 2200].map((port) => createServer().listen(port, '::'));
  try {
    const { code, stdout, stderr } = await run(FLOOD, space);
    expect(code, stdout + stderr).toBe(0);
  } finally {
    for (const server of servers) server.close();
  }
});

test('SSH that never answers is unknown, not a failure of the kernel', async () => {
  using space = workspace();
  writeFileSync(join(space.dir, 'stormproof.yaml'), BOOT_LIMIT);
  // the kernel boots, and its init is a shell that waits for somebody to type
  const { code, stdout, stderr } = await run([...FLOOD, '--append', 'rdinit=/bin/sh'], space);
  expect(code, stdout + stderr).toBe(125);
  expect(theRun(space.dir).run.reasons.join()).toMatch(/the kernel started its init, but management was not ready within 20 s/);
  expect(leftovers(space.env)).toEqual(NOTHING);
});

test('a kernel that cannot reach its init is a failure of the kernel, and leaves its log and a core', async () => {
  using space = workspace();
  const { code, stdout, stderr } = await run([...FLOOD, '--profile', 'nightly', '--append', 'rdinit=/nowhere'], space);
  expect(code, stdout + stderr).toBe(1);
  const { run: record, records, path } = theRun(space.dir);
  expect(record.reasons.join()).toMatch(/did not boot: Kernel panic - not syncing: VFS: Unable to mount root fs/);
  const artefacts = readdirSync(join(path, 'artefacts'));
  expect(artefacts).toContain('ipv6-flood.udp-66.head.panic-dmesg.txt');
  expect(artefacts.filter((name) => !/\.(panic-dmesg(\.2)?\.txt|vmcore)$/.test(name))).toEqual([]);
  const log = readFileSync(join(path, 'artefacts', 'ipv6-flood.udp-66.head.panic-dmesg.txt'), 'utf8');
  expect(log).toMatch(/Kernel panic - not syncing: VFS: Unable to mount root fs/);
  for (const name of ['panic log', 'dump'])
    expect(records).toContainEqual(expect.objectContaining({ k: 'measure', machine: 'head', name }));
  expect(leftovers(space.env)).toEqual(NOTHING);
});

test('a console of pure noise is unknown: nothing can be told from it', async () => {
  using space = workspace();
  writeFileSync(join(space.dir, 'stormproof.yaml'), BOOT_LIMIT);
  // A fake serial line: the machine is a real one, but where its console should be stands a source of random bytes.
  const bin = join(space.dir, 'bin');
  mkdirSync(bin);
  const wrapper = join(bin, 'qemu-system-x86_64');
  writeFileSync(
    wrapper,
    `#!/bin/bash
args=()
for arg in "$@"; do
  if [[ $arg =~ ^socket,id=console,path=([^,]+), ]]; then
    socket="\${BASH_REMATCH[1]}"
    arg="null,id=console"
    socat -u "SYSTEM:head -c 3000000 /dev/urandom; sleep 60" "UNIX-LISTEN:$socket" &
  fi
  args+=("$arg")
done
exec ${realPath('qemu-system-x86_64')} "\${args[@]}"
`,
  );
  chmodSync(wrapper, 0o755);
  const env = { ...space.env, PATH: `${bin}:${process.env.PATH}` };
  const { code, stdout, stderr } = await run(FLOOD, { dir: space.dir, env });
  expect(code, stdout + stderr).toBe(125);
  const { run: record } = theRun(space.dir);
  expect(record.verdict).toBe('unknown');
  expect(record.reasons.join()).toMatch(/cannot tell whether the kernel boots: its console gave 3000000 bytes/);
  expect(leftovers(space.env)).toEqual(NOTHING);
});

const realPath = (program: string): string => execFileSync('which', [program]).toString().trim();
