import { describe, expect, it } from 'vitest';
import { UsageError } from '../results/errors.ts';
import { CLASSES } from './classes.ts';
import { SUITES } from './index.ts';
import { PROFILES } from './profiles.ts';
import { complaintOfSettings, parseNbd, storageInWords, whyNotRaw, withStorage } from './storage-settings.ts';

const planOf = (name: string) => SUITES['storage-cutoff'].plan(CLASSES['1G'], PROFILES.quick, 1, name);

describe("settings of the kernel's nbd driver", () => {
  it('are read as they are spelt, the last of a kind winning', () => {
    expect(parseNbd(['timeout=30', 'connections=4', 'persist=off', 'timeout=5'])).toEqual({ timeout_s: 5, connections: 4, persist: false });
    expect(parseNbd([])).toEqual({});
  });

  it.each([
    'timeout',
    'timeout=',
    'timeout=-1',
    'timeout=1.5',
    'connections=0',
    'connections=17',
    'persist=yes',
    'depth=3',
    '__proto__=1',
    '',
  ])('"%s" is refused in one line', (text) => {
    expect(() => parseNbd([text])).toThrow(UsageError);
    expect(() => parseNbd([text])).toThrow(`--nbd ${text}: timeout=SECONDS, connections=1..16 or persist=on|off`);
  });

  it('are for disks that kernels attach, and leave others alone', () => {
    const nbd = { timeout_s: 8 };
    expect(withStorage(planOf('cut/kernel'), { nbd }).topology.machines.map(({ disk }) => disk?.nbd)).toEqual([nbd, nbd]);
    expect(withStorage(planOf('cut'), { nbd })).toEqual(planOf('cut'));
    expect(complaintOfSettings(planOf('cut/kernel'), { nbd })).toBeUndefined();
    expect(complaintOfSettings(planOf('cut'), { nbd })).toMatch(/none does there/);
  });
});

describe('what serves disks, and what they carry', () => {
  it('is laid over every disk of a plan, and nothing else of it changes', () => {
    const plan = planOf('cut');
    const changed = withStorage(plan, { fileSystem: 'xfs', tail: 'flexnbd', tailProgram: '/opt/flexnbd' });
    expect(changed.topology.machines.map(({ disk }) => disk?.fileSystem)).toEqual(['xfs', 'xfs']);
    expect(changed.topology.tails).toEqual({ log: true, kind: 'flexnbd', program: '/opt/flexnbd' });
    expect({ ...changed, topology: plan.topology }).toEqual(plan);
    expect(withStorage(plan, {})).toEqual(plan);
  });

  it('is refused where a storm writes files and there is to be no file system; ordinary work is then left out', () => {
    const storm = SUITES['io-storm'].plan(CLASSES['1G'], PROFILES.quick, 1);
    expect(whyNotRaw(withStorage(storm, { fileSystem: 'raw' }))).toMatch(/its storm writes files/);
    expect(complaintOfSettings(storm, { fileSystem: 'raw' })).toMatch(/its storm writes files/);
    expect(whyNotRaw(storm)).toBeUndefined();
    const cut = withStorage(planOf('cut'), { fileSystem: 'raw' });
    expect([whyNotRaw(cut), cut.schedule.map(({ kind }) => kind)]).toEqual([undefined, ['fault']]);
  });

  it('is told in words', () => {
    expect(storageInWords({ tail: 'flexnbd', fileSystem: 'raw', nbd: { timeout_s: 8 } })).toEqual([
      'tails are served by flexnbd',
      'disks carry raw',
      "the kernel's nbd driver: timeout_s 8",
    ]);
    expect(storageInWords({})).toEqual([]);
  });
});
