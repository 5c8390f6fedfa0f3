import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('./stormproof', import.meta.url));
/** The only programs of the system that a launched launcher sees. */
const TOOLS = ['readlink', 'timeout', 'flock', 'tail', 'date', 'mkdir', 'ln', 'chmod', 'sleep'];
const OLD_NODE = '#!/bin/sh\necho v18.20.4\n';
const MAIN = 'console.log(JSON.stringify({ argv: process.argv.slice(2), cwd: process.cwd() })); process.exitCode = 7;\n';
const LOCK = JSON.stringify({ packages: { '': {}, 'node_modules/a': { integrity: 'sha512-1' }, 'node_modules/b': { optional: true } } });
const PRESENT = JSON.stringify({ packages: { 'node_modules/a': { integrity: 'sha512-1' } } });

const base = mkdtempSync(join(tmpdir(), 'launcher-'));
afterAll(() => rmSync(base, { recursive: true }));
let count = 0;
let root: string;
let bin: string;
let log: string;

/** A repository in a directory with spaces, and a PATH with next to nothing on it. */
beforeEach(() => {
  count += 1;
  root = join(base, `a  repository ${count}`);
  bin = join(base, `bin${count}`);
  log = join(base, `log${count}`);
  for (const dir of [root, join(root, 'harness'), bin]) mkdirSync(dir);
  copyFileSync(LAUNCHER, join(root, 'stormproof'));
  writeFileSync(join(root, 'harness', 'main.ts'), MAIN);
  writeFileSync(join(root, 'package-lock.json'), LOCK);
  for (const tool of TOOLS) symlinkSync(['/usr/bin', '/bin'].map((dir) => join(dir, tool)).find(existsSync) ?? tool, join(bin, tool));
});

function program(name: string, text: string): void {
  writeFileSync(join(bin, name), text);
  chmodSync(join(bin, name), 0o755);
}

/** What `npm ci` leaves behind, as far as the launcher looks. */
const FAKE_NPM = () => `#!/bin/sh
echo "npm $1 in $PWD" >>'${log}'
sleep 0.2
mkdir -p node_modules/.bin
ln -sf '${process.execPath}' node_modules/.bin/node
echo '${PRESENT}' >node_modules/.package-lock.json
`;

function installedModules(): string {
  const record = join(root, 'node_modules', '.package-lock.json');
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'node_modules', '.bin', 'node'));
  writeFileSync(record, PRESENT);
  return record;
}

const launch = (args: readonly string[] = [], path = join(root, 'stormproof')) =>
  execa(path, args, { cwd: base, env: { PATH: bin }, extendEnv: false, reject: false, timeout: 15_000, stdin: 'ignore' });

const logged = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
const done = (argv: string[] = []) => ({ exitCode: 7, stdout: JSON.stringify({ argv, cwd: base }), stderr: '' });

describe('with everything in place', () => {
  it.each(['on PATH', 'of the repository, where the one on PATH is too old', 'of the repository, where PATH has none'])(
    'takes the Node %s',
    async (where) => {
      installedModules();
      if (where === 'on PATH') symlinkSync(process.execPath, join(bin, 'node'));
      if (where.includes('too old')) program('node', OLD_NODE);
      const words = ['certify', '--kernel', 'a b', '', '*', '$HOME', "it's", 'two\nlines', '--', '-x'];
      expect(await launch(words)).toMatchObject(done(words));
    },
  );

  it('works through a chain of symlinks', async () => {
    installedModules();
    const link = join(base, `link ${count}`);
    symlinkSync(join(root, 'stormproof'), join(bin, 'stormproof'));
    symlinkSync(join('.', `bin${count}`, 'stormproof'), link);
    expect(await launch(['--help'], link)).toMatchObject(done(['--help']));
  });
});

describe('npm ci', () => {
  beforeEach(() => {
    program('node', OLD_NODE);
    program('npm', FAKE_NPM());
  });

  it('runs once, in the repository, and says so in one line', async () => {
    const first = await launch(['list']);
    expect(first).toMatchObject({ ...done(['list']), stderr: expect.stringMatching(/^stormproof: npm ci in .* \.\.\. \d+ s$/) });
    expect(await launch(['list'])).toMatchObject(done(['list']));
    expect(logged()).toEqual([`npm ci in ${root}`]);
  });

  it('runs once for two that start together', async () => {
    const both = await Promise.all([launch(['a']), launch(['b'])]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([7, 7]);
    expect(logged()).toHaveLength(1);
  });

  it.each([
    ['does not run again', 'only the date of the lock file is new', LOCK, 0],
    ['runs again', 'the lock file asks for something else', LOCK.replace('sha512-1', 'sha512-2'), 1],
    ['runs again', 'the lock file cannot be read', '{', 1],
  ])('%s when %s', async (_what, _when, lock, times) => {
    const record = installedModules();
    utimesSync(record, 1, 1);
    writeFileSync(join(root, 'package-lock.json'), lock);
    expect((await launch()).exitCode).toBe(7);
    expect(logged()).toHaveLength(times);
  });

  it('fails with 125 and its last words', async () => {
    program('npm', '#!/bin/sh\nfor n in 1 2 3 4 5 6 7; do echo "npm error $n"; done\nexit 3\n');
    const { exitCode, stdout, stderr } = await launch();
    expect([exitCode, stdout]).toEqual([125, '']);
    expect(stderr).toMatch(/npm ci in .* \.\.\. failed\nnpm error 3\n.*\n.*\n.*\nnpm error 7$/);
  });

  it('is left to the person who says --no-install', async () => {
    const { exitCode, stderr } = await launch(['certify', '--no-install']);
    expect([exitCode, stderr]).toEqual([2, `stormproof: the npm packages are missing or outdated; run: cd '${root}' && npm ci`]);
    expect(logged()).toEqual([]);
    expect((await launch(['scan', '--', '--no-install'])).exitCode).toBe(7);
  });

  it('that brings no Node for this machine ends with 2', async () => {
    program('npm', `${FAKE_NPM()}ln -sf /nonexistent node_modules/.bin/node\n`);
    const { exitCode, stderr } = await launch();
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('no Node.js >= 24 for this machine')]);
  });
});

describe('without Node and npm', () => {
  const APT = 'apt-get install -y --no-install-recommends nodejs npm';

  beforeEach(() => {
    program('id', '#!/bin/sh\necho 0\n');
    // knows no package before its update
    program(
      'apt-get',
      `#!/bin/sh
echo "apt-get $*" >>'${log}'
case "$*" in
  *update) : >'${log}.lists' ;;
  *) [ -e '${log}.lists' ] || { echo 'E: Unable to locate package nodejs'; exit 100; }
     ln -s '${join(bin, 'new-node')}' '${join(bin, 'node')}'; ln -s '${join(bin, 'new-npm')}' '${join(bin, 'npm')}' ;;
esac
`,
    );
    program('new-node', OLD_NODE);
    program('new-npm', FAKE_NPM());
  });

  it('root on Debian gets them, and then the packages', async () => {
    const result = await launch(['list']);
    expect(result).toMatchObject({ ...done(['list']), stderr: expect.stringContaining(`stormproof: ${APT}\nstormproof: npm ci in`) });
    const options = '-o DPkg::Lock::Timeout=300';
    const install = APT.replace('apt-get', `apt-get ${options}`);
    expect(logged()).toEqual([install, `apt-get ${options} update`, install, `npm ci in ${root}`]);
  });

  it.each([
    ['who is not root', '1000', []],
    ['who says --no-install', '0', ['--no-install']],
  ])('a person %s is told the command', async (_who, uid, args) => {
    program('id', `#!/bin/sh\necho ${uid}\n`);
    const { exitCode, stderr } = await launch(['certify', ...args]);
    expect([exitCode, stderr]).toEqual([2, `stormproof: Node.js and npm are missing here; as root: apt-get update && ${APT}`]);
    expect(logged()).toEqual([]);
  });

  it('a person on another system is told where they are', async () => {
    rmSync(join(bin, 'apt-get'));
    const { exitCode, stderr } = await launch();
    expect([exitCode, stderr]).toEqual([2, 'stormproof: Node.js and npm are missing here; https://nodejs.org has both']);
  });

  it('an archive that does not answer is a failure, with its last words', async () => {
    program('apt-get', "#!/bin/sh\necho 'E: Failed to fetch'\nexit 100\n");
    const { exitCode, stderr } = await launch();
    expect([exitCode, stderr]).toEqual([125, `stormproof: ${APT}\nE: Failed to fetch\nstormproof: ${APT} failed`]);
  });
});
