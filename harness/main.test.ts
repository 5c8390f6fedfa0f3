import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { explain, UsageError } from '../results/errors.ts';
import { memoryOf } from '../results/memory.sample.ts';
import { COMMANDS, dispatch } from './cli/parse.ts';
import { event, trial, waiver } from './judge/waivers.testing.ts';
import { PLANNED_TRIALS } from './judge.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'main-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** Of commands that give no verdict of a run under way. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  ...{
    judge: ['0', '1', '2', '125'],
    scan: ['0', '1', '2', '125'],
    compare: ['0', '1', '2', '125'],
    gate: ['0', '1', '2'],
    list: ['0', '2'],
  },
  ...Object.fromEntries(['doctor', 'report', 'history', 'serve', 'keygen', 'clean'].map((name) => [name, ['0', '2', '125']])),
};

const stormproof = (args: readonly string[], options: { input?: string; env?: Record<string, string>; cwd?: string } = {}) =>
  execa(process.execPath, [MAIN, ...args], {
    cwd: options.cwd ?? dir,
    reject: false,
    timeout: 15_000,
    input: options.input ?? '',
    env: { STORMPROOF_DEBUG: '', ...options.env },
  });

describe('the command line', () => {
  it('explains itself and each command with examples and exit codes', async () => {
    const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
    expect(commands.filter(({ examples, summary }) => examples.length === 0 || summary === '')).toEqual([]);
    const [all, one] = await Promise.all([stormproof(['--help']), stormproof(['certify', '--help'])]);
    for (const { stdout, exitCode } of [all, one])
      expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/Examples:[\s\S]*125 no verdict/)]);
    for (const name of Object.keys(COMMANDS)) expect(all.stdout).toContain(`stormproof ${name}`);
  });

  it.each(Object.keys(COMMANDS))('shows every example of %s whole, to be copied, and its own exit codes', async (name) => {
    const { examples, exits } = await COMMANDS[name as keyof typeof COMMANDS]();
    const { stdin, stderr } = process;
    const stdout = Object.assign(new PassThrough({ encoding: 'utf8' }), { columns: 80 }) as unknown as NodeJS.WriteStream;
    expect(await dispatch({ argv: [name, '--help'], stdin, stdout, stderr })).toBe('done');
    const lines = String(stdout.read()).split('\n');
    for (const [line, meaning] of examples)
      expect(lines[lines.indexOf(`  # ${meaning}`) + 1]).toBe(`  ${line.includes('stormproof') ? line : `stormproof ${line}`}`);
    const codes = lines.slice(lines.findIndex((line) => line.startsWith('Exit codes: 0 '))).join(' ');
    expect([...codes.matchAll(/(?:^Exit codes:|[,;]) (\d+) /g)].map(([, code]) => code)).toEqual(
      CODES[name] ?? ['0', '1', '2', '125', '130'],
    );
    expect(codes).toContain(exits ?? '125 no verdict');
  });

  it.each<[string, string[], RegExp]>([
    ['no command', [], /say what to do: certify, run/],
    ['unknown command', ['certfy'], /unknown command "certfy", did you mean "certify"\?/],
    ['unknown option', ['certify', '--kernal', 'x'], /unknown option "--kernal", did you mean "--kernel"\?/],
    ['option of another command', ['clean', '--kernel', 'x'], /unknown option "--kernel"/],
    ['unknown suite', ['run', 'ipv6-flod'], /unknown suite "ipv6-flod", did you mean "ipv6-flood"\?/],
    ['unknown profile', ['certify', '--profile', 'quik'], /unknown profile "quik", did you mean "quick"\?/],
    ['unknown sabotage', ['certify', '--sabotage', 'panik'], /unknown sabotage "panik", did you mean "panic"\?/],
    ['missing value', ['certify', '--seed'], /--seed needs a value/],
    ['no number', ['run', 'ipv6-flood', '--seed', 'x'], /--seed is a whole number/],
    ['twice', ['run', 'ipv6-flood', '--out', 'a', '--out', 'b'], /--out may be given once: a, b/],
    ['a value for a switch', ['certify', '--quiet=no'], /--quiet takes no value/],
    ['contradiction', ['certify', '--quiet', '--json'], /exclude each other/],
    ['a dash', ['-'], /^stormproof does not take "-"; stormproof --help explains$/],
    ['an operand behind --', ['certify', '--', 'now'], /^certify does not take "now"/],
    ['missing operand', ['run'], /run needs SUITE/],
    ['surplus operand', ['certify', 'now'], /certify does not take "now"/],
    [
      'a detector blinded',
      ['certify', '--kernel', '/nowhere', '--append', 'mitigations=off', '--append', 'rcupdate.rcu_cpu_stall_suppress=1'],
      /^--append rcupdate\.rcu_cpu_stall_suppress is set by stormproof itself, which boots by it or sees by it/,
    ],
    ['no such config', ['certify', '--config', 'none.yaml'], /^--config none\.yaml: there is no such file$/],
    ['no such tweaks', ['certify', '--tweaks', 'none.yaml'], /^--tweaks none\.yaml: there is no such file$/],
    ['no such key to sign with', ['certify', '--sign', 'none.key'], /^--sign none\.key: there is no such file$/],
    ['no directory for a key', ['keygen', '--out', 'none/night.key'], /^none\/night\.key: there is no directory none$/],
    ['no such run', ['judge', 'none'], /none: there is no such directory/],
    ['no run in it', ['judge', '/'], /not a run/],
    ['wrong choice', ['scan', '--format', 'xml', 'x'], /--format is one of "text", "jsonl", not "xml"/],
    ['file like an option', ['scan', '--', '-x'], /cannot read -x/],
  ])('says in one line what is wrong: %s', async (_what, argv, words) => {
    const { stdin, stdout, stderr } = process;
    const error: unknown = await dispatch({ argv, stdin, stdout, stderr }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UsageError);
    expect(explain(error)).toMatch(words);
    expect(explain(error)).not.toContain('\n');
  });

  it('exits with 2 for wrong usage, and says nothing else', async () => {
    const { stderr, stdout, exitCode } = await stormproof(['certfy']);
    expect([stderr, stdout, exitCode]).toEqual(['stormproof: unknown command "certfy", did you mean "certify"?', '', 2]);
  });

  it.each(['run.json', 'history.jsonl'])('does not wait for a pipe that is called %s', async (name) => {
    const run = mkdtempSync(join(dir, 'pipe-'));
    await execa('mkfifo', [join(run, name)]);
    const { exitCode, stderr } = await stormproof(['judge', run]);
    expect([exitCode, stderr]).toEqual([2, `stormproof: ${join(run, name)}: not a plain file`]);
  });

  it('lists each suite by its name, also one that has no cases', async () => {
    const suites = Object.keys(JSON.parse((await stormproof(['list', '--json'])).stdout).suites);
    expect(suites).toContain('soak');
    const listed = await Promise.all(suites.map((name) => stormproof(['list', name, '--json'])));
    for (const [index, name] of suites.entries())
      for (const each of Object.keys(JSON.parse(listed[index]?.stdout ?? '')[name])) expect(each).toMatch(new RegExp(`^${name}(/|$)`));
  });

  it('tells by its exit code of a disk that was too full for what it says, and goes on', async () => {
    const said = (command: string) => execa('sh', ['-c', `exec ${command}`, process.execPath, MAIN], { reject: false, cwd: dir });
    const [list, usage, head] = await Promise.all([
      said('"$0" "$1" list > /dev/full'),
      said('"$0" "$1" judge none > /dev/full'),
      said('"$0" "$1" list | head -n 1'),
    ]);
    expect([list.exitCode, list.stderr]).toEqual([125, '']);
    expect([usage.exitCode, usage.stderr]).toEqual([2, expect.stringMatching(/^stormproof: none: there is no such directory/)]);
    expect([head.exitCode, head.stderr]).toEqual([0, '']);
  });

  it('says in one line what kept it from starting, and blames no kernel for it', async () => {
    // a user that /etc/passwd does not know, as containers have them: a fake, since not everybody may become one
    const homeless = `import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module';
      os.homedir = () => { throw new Error('uv_os_homedir returned ENOENT'); }; syncBuiltinESMExports();`;
    const start = async (preload: string, env: Record<string, string | undefined>) => {
      const nowhere = { HOME: undefined, STORMPROOF_CACHE: undefined, XDG_CACHE_HOME: undefined };
      const { exitCode, stderr } = await execa(
        process.execPath,
        ['--import', `data:text/javascript,${encodeURIComponent(preload)}`, MAIN, '--version'],
        { reject: false, cwd: dir, env: { STORMPROOF_DEBUG: '', ...nowhere, ...env } },
      );
      return [exitCode, stderr];
    };
    const damaged = `import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => { if (name === 'yargs') throw new Error('Cannot find package yargs'); return next(name, context); } });`;
    expect(await start(homeless, {})).toEqual([
      2,
      'stormproof: this user has no home directory: set HOME, or STORMPROOF_CACHE: uv_os_homedir returned ENOENT',
    ]);
    expect(await start(homeless, { HOME: dir })).toEqual([0, '']);
    expect(await start(damaged, {})).toEqual([125, expect.stringMatching(/^stormproof: Cannot find package yargs \(unexpected; [^\n]*$/)]);
  });

  it.each([
    ['--repeat', '0', '--repeat 0: from 1 to 1000'],
    ['--retry', '11', '--retry 11: from 0 to 10'],
    ['--repeat', 'often', '--repeat is a whole number from 0 to 4294967295, not "often"'],
  ])('refuses %s %s', async (option, value, complaint) => {
    const { stderr, exitCode } = await stormproof(['certify', option, value]);
    expect([stderr, exitCode]).toEqual([`stormproof: ${complaint}`, 2]);
  });

  it('finds a mistake in the config of the working directory', async () => {
    mkdirSync(join(dir, 'site'));
    writeFileSync(join(dir, 'site', 'stormproof.yaml'), 'profil: quick\n');
    const { stderr, exitCode } = await stormproof(['certify'], { cwd: join(dir, 'site') });
    expect([stderr, exitCode]).toEqual(['stormproof: stormproof.yaml:1:1: unknown key "profil", did you mean "profile"?', 2]);
  });

  it('finds a detector blinded by the config', async () => {
    const config = join(dir, 'blind.yaml');
    writeFileSync(config, 'append: [quiet, "panic=5", nosoftlockup]\n');
    const { stderr, exitCode } = await stormproof(['certify', '--kernel', '/nowhere', '--config', config]);
    expect([stderr, exitCode]).toEqual([expect.stringMatching(/^stormproof: --append nosoftlockup is set by stormproof itself/), 2]);
  });

  it('reads a console from standard input', async () => {
    const panic = 'Linux version 6.1.0 (x)\n[    9.000000] Kernel panic - not syncing: sysrq triggered crash\n';
    const { stdout, exitCode } = await stormproof(['scan', '-'], { input: panic });
    expect([stdout.includes('kernel panic'), exitCode]).toEqual([true, 1]);
    expect((await stormproof(['scan', '-'], { input: 'hello\n' })).exitCode).toBe(125);
  });

  it('lists what there is', async () => {
    const { stdout, exitCode } = await stormproof(['list', '--json']);
    const listed = JSON.parse(stdout) as Record<string, Record<string, string>>;
    expect(exitCode).toBe(0);
    expect(Object.keys(listed)).toEqual(['suites', 'profiles', 'classes', 'sabotages', 'kernels', 'missing']);
    expect(listed.suites?.['ipv6-flood']).toMatch(/IPv6/);
  });

  it('lists the classes of the program where those of the working directory cannot be read', async () => {
    const cwd = join(dir, 'mistaken');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'stormproof.yaml'), 'classes:\n  own: { memory: 64 }\n');
    const { stdout, stderr, exitCode } = await stormproof(['list', 'classes'], { cwd });
    expect(stdout).toMatch(/^classes\n {2}1G +a lab host/);
    expect([stderr, exitCode]).toEqual([
      expect.stringMatching(/^stormproof: classes of your own are left out: stormproof\.yaml:2:\d+: /),
      0,
    ]);
  });

  it('finds nothing to clean where nothing ever ran', async () => {
    const { stdout, exitCode } = await stormproof(['clean'], { env: { STORMPROOF_STATE: join(dir, 'state') } });
    expect([stdout, exitCode]).toEqual(['nothing was left behind', 0]);
  });

  it('cleans on where something cannot be removed, and names that at the end', async () => {
    const state = join(dir, 'stuck');
    const leases = join(state, 'leases');
    mkdirSync(join(leases, '20260102-030405z-aaaa.json'), { recursive: true }); // an undo record that is a directory stays
    writeFileSync(join(leases, '20260102-030405z-bbbb.json'), '{');
    const { stdout, stderr, exitCode } = await stormproof(['clean'], { env: { STORMPROOF_STATE: state } });
    expect(stdout).toMatch(/^20260102-030405z-bbbb: nothing was left but its undo record/);
    expect([stderr, exitCode]).toEqual([expect.stringMatching(/^stormproof: could not be removed: 20260102-030405z-aaaa: /), 125]);
    expect(readdirSync(leases)).toEqual(['20260102-030405z-aaaa.json']);
  });
});

describe('--out', () => {
  const old = join(dir, 'old');
  mkdirSync(old);
  writeFileSync(join(old, 'run.json'), 'yesterday');

  it.each([
    ['a directory with something in it', 'old'],
    ['a file', 'old/run.json'],
  ])('is refused for %s, before anything is asked or fetched', async (_what, out) => {
    const { stderr, stdout, exitCode } = await stormproof(['certify', '--kernel', 'deb:no-such-package', '--out', out]);
    expect([stderr, stdout, exitCode]).toEqual([
      `stormproof: --out ${out}: it is there already; name a directory that is new or empty`,
      '',
      2,
    ]);
    expect(readFileSync(join(old, 'run.json'), 'utf8')).toBe('yesterday');
    expect(readdirSync(dir).filter((name) => name.startsWith('old'))).toEqual(['old']);
  });
});

describe('judge', () => {
  const skipped = { t: 1, trial: 'a', k: 'skipped', reason: 'no netem here' };
  const planned = { t: 0, trial: '', k: 'fact', name: PLANNED_TRIALS, value: '1' };
  const failed = { t: 1, trial: 'a', k: 'failure', phase: 'boot', fault: 'candidate', message: 'no init' };
  const write = (name: string, lines: object[], tail = ''): string => {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, 'history.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join('') + tail);
    return name;
  };

  it('gives the exit code of the verdict, also without run.json and with a torn history', async () => {
    const skip = await stormproof(['judge', write('skip', [planned, skipped])]);
    expect([skip.exitCode, skip.stdout]).toEqual([
      125,
      expect.stringMatching(/SKIP +a.*\n.*no netem here[\s\S]*record is damaged: .*run\.json/),
    ]);
    const torn = await stormproof(['judge', write('torn', [planned, failed], '{"t":')]);
    expect([torn.exitCode, torn.stdout]).toEqual([1, expect.stringMatching(/FAIL[\s\S]*no init[\s\S]*the last line is cut off/)]);
    const lost = { t: 3, trial: 'a', k: 'failure', phase: 'boot', fault: 'candidate', message: 'no init' };
    const holed = await stormproof(['judge', write('holed', [planned, { t: 1, k: 'nothing' }, { t: 2 }, lost])]);
    expect([holed.exitCode, holed.stdout]).toEqual([
      1,
      expect.stringMatching(/no init[\s\S]*record is damaged: .*history\.jsonl:2: [\s\S]*\(the\s+first\s+of\s+2\s+damaged\s+lines\)/),
    ]);
    const json = await stormproof(['judge', '--json', 'torn']);
    expect(JSON.parse(json.stdout)).toMatchObject({ verdict: 'fail', trials: [{ name: 'a', verdict: 'fail' }] });
  });

  it('tells how what was timed grows with the memory, and takes nothing of that from an older verdict', async () => {
    const booted = (name: string, size: string, total_kB: number, seconds: number) =>
      trial(
        [
          { t: 1, k: 'memory', machine: 'head', when: 'ready', ...memoryOf(total_kB) },
          { t: 1, k: 'measure', machine: 'head', name: 'boot', seconds },
        ],
        { name, size },
      );
    const sizes = write('sizes', [planned, ...booted('a', '128G', 131_900_000, 7.9), ...booted('b', '384G', 396_300_000, 13)]);
    expect((await stormproof(['judge', sizes])).stdout).toMatch(/time over memory\n.*\nboot +7\.9 s +13 s/);
    const again = write('again', booted('a', '128G', 131_900_000, 7.9));
    writeFileSync(join(dir, again, 'run.json'), (await stormproof(['judge', '--json', sizes])).stdout);
    expect(JSON.parse((await stormproof(['judge', '--json', again])).stdout)).not.toHaveProperty('scaling');
  });
});

describe('judge of a run with known issues', () => {
  it.each([
    [
      'rests on them',
      waiver(),
      0,
      /PASS +t1 .*, with 1 waiver\n[\s\S]*waived +head: WARNING in skb_release_head_state: fixed in 6.19 \(ann, until/,
    ],
    ['does not once they had expired', waiver({ expires: '2026-11-25' }), 1, /by ann expired on\s+2026-11-25/],
  ])('%s', async (_what, told, code, words) => {
    const name = `known-${code}`;
    mkdirSync(join(dir, name));
    const lines = [told, { t: 0, trial: '', k: 'fact', name: PLANNED_TRIALS, value: '1' }, ...trial([event()])];
    writeFileSync(join(dir, name, 'history.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const run = {
      schema: 1,
      id: name,
      name,
      argv: [],
      started: '2026-11-26T23:30:00.000Z',
      profile: '',
      notes: [],
      seed: 0,
      target: 'lab',
    };
    const nothing = { candidates: [], versions: {}, host: {}, reasons: [], trials: [] };
    writeFileSync(join(dir, name, 'run.json'), JSON.stringify({ ...run, ...nothing }));
    const { exitCode, stdout } = await stormproof(['judge', name]);
    expect([exitCode, stdout]).toEqual([code, expect.stringMatching(words)]);
  });
});

describe('an error of our own side', () => {
  it('is one line and 125, with the stack only for whoever asks', async () => {
    mkdirSync(join(dir, 'odd'));
    writeFileSync(join(dir, 'odd', 'run.json'), '{}');
    const plain = await stormproof(['judge', 'odd']);
    expect([plain.exitCode, plain.stderr.split('\n').length]).toEqual([125, 1]);
    const debug = await stormproof(['judge', 'odd'], { env: { STORMPROOF_DEBUG: '1' } });
    expect(debug.stderr).toMatch(/\n\s+at /);
  });
});
