import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { InfraError, Interrupted } from '../results/errors.ts';
import { History, readHistory } from '../results/history.ts';
import type { DumpBudget, DumpKind, Machine, PowerEvent } from '../targets/target.ts';
import { PanicDumps } from './panic-dumps.ts';

const LAST_WORDS_MS = 50;
const BUDGET = { vmcore: true, limit_s: 60, most_bytes: 1000 };

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sp-dumps-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** Machines whose memory can be taken, or not. */
function setUp({ vmcore = true, refuse = {} as Partial<Record<DumpKind, Error>>, signal = new AbortController().signal } = {}) {
  const history = new History(join(dir, 'history.jsonl'), () => performance.now() / 1000);
  const faults: Error[] = [];
  const taken: string[] = [];
  let going = 0;
  const stemOf = (machine: string) => join(dir, 'artefacts', `trial.${machine}`);
  const dumps = new PanicDumps({
    history,
    trial: 'trial',
    budget: { ...BUDGET, vmcore },
    lastWords_ms: LAST_WORDS_MS,
    stemOf,
    signal,
    fault: (error) => faults.push(error),
  });
  const machine = (name: string) => {
    const listeners = new Set<(event: PowerEvent) => void>();
    const dump = async (kind: DumpKind, path: string, budget: DumpBudget) => {
      expect(budget).toEqual({ limit_s: 60, most_bytes: 1000, signal });
      expect(existsSync(join(dir, 'artefacts'))).toBe(true);
      if (kind === 'vmcore') {
        expect(going, 'one at a time').toBe(0);
        going += 1;
        await sleep(10);
        going -= 1;
      }
      const why = refuse[kind];
      if (why !== undefined) throw why;
      taken.push(path.slice(path.indexOf('trial')));
      return { bytes: 42, detail: 'the whole log' };
    };
    const power = { dump, subscribe: (listener: (event: PowerEvent) => void) => listeners.add(listener) };
    const made = { name, power } as unknown as Machine;
    dumps.watch(made);
    const tell = (event: PowerEvent) => listeners.forEach((listener) => void listener(event));
    return { made, panic: () => tell({ kind: 'panicked', by: 'console' }), reset: () => tell({ kind: 'reset', byGuest: false }) };
  };
  const told = () =>
    readHistory(join(dir, 'history.jsonl')).records.flatMap((record) =>
      record.k === 'fact'
        ? [`${record.machine} ${record.name}: ${record.value}`]
        : record.k === 'measure'
          ? [`${record.machine} ${record.name}`]
          : [],
    );
  return { dumps, machine, taken, faults, told, history };
}

it('takes the log once the last words are out, and the core when the machine is wanted', async () => {
  const { dumps, machine, taken, told } = setUp();
  const head = machine('head');
  head.panic();
  await sleep(LAST_WORDS_MS / 2);
  expect(taken).toEqual([]);
  await vi.waitFor(() => expect(taken).toEqual(['trial.head.panic-dmesg.txt']));
  await dumps.finish(head.made);
  expect(taken).toEqual(['trial.head.panic-dmesg.txt', 'trial.head.vmcore']);
  expect(told()).toEqual([
    'head panic log: trial.head.panic-dmesg.txt: 42 bytes, the whole log',
    'head panic log',
    'head dump: trial.head.vmcore: 42 bytes, the whole log',
    'head dump',
  ]);
});

it('takes each of a panic once, whoever asks', async () => {
  const { dumps, machine, taken } = setUp();
  const head = machine('head');
  head.panic();
  const all = [dumps.finish(head.made), dumps.finishAll(false), dumps.finish(head.made)];
  await Promise.all(all);
  await dumps.finishAll(false);
  expect(taken).toEqual(['trial.head.panic-dmesg.txt', 'trial.head.vmcore']);
});

it('takes one core at a time', async () => {
  const { dumps, machine, taken, told } = setUp();
  for (const name of ['head', 'tenant']) machine(name).panic();
  await dumps.finishAll(false);
  expect(taken.sort()).toEqual(['head', 'tenant'].flatMap((name) => [`trial.${name}.panic-dmesg.txt`, `trial.${name}.vmcore`]));
  expect(told().join()).not.toContain('not taken');
});

it('takes of a later panic the log alone, under a name of its own', async () => {
  const { dumps, machine, taken, told } = setUp();
  const head = machine('head');
  for (let panics = 0; panics < 2; panics += 1) {
    head.panic();
    await dumps.finish(head.made);
    head.reset();
    await dumps.finishAll(false);
  }
  expect(taken).toEqual(['trial.head.panic-dmesg.txt', 'trial.head.vmcore', 'trial.head.panic-dmesg.2.txt']);
  expect(told().at(-1)).toBe('head dump: not taken: an earlier panic of this machine in this trial has left one');
});

it('takes the core of a later panic where the machine was reset before there was one', async () => {
  const { dumps, machine, taken } = setUp();
  const head = machine('head');
  head.panic();
  await vi.waitFor(() => expect(taken).toHaveLength(1));
  head.reset();
  head.panic();
  await dumps.finishAll(false);
  expect(taken).toEqual(['trial.head.panic-dmesg.txt', 'trial.head.panic-dmesg.2.txt', 'trial.head.vmcore']);
});

it('leaves a machine alone that reboots by itself at once (panic=1)', async () => {
  const { dumps, machine, taken, told } = setUp();
  const head = machine('head');
  head.panic();
  head.reset();
  await vi.waitFor(() => expect(told()).toEqual(['head panic log: not taken: it was reset within its last words']));
  await dumps.finishAll(false);
  expect(taken).toEqual([]);
});

it('leaves the core of a machine that was reset before its turn came, and takes none where that cannot be borne', async () => {
  const { dumps, machine, taken, told } = setUp();
  const head = machine('head');
  head.panic();
  await dumps.finishAll(true);
  expect(taken).toEqual(['trial.head.panic-dmesg.txt']);
  const finished = dumps.finish(head.made);
  head.reset();
  await finished;
  expect(taken).toEqual(['trial.head.panic-dmesg.txt']);
  expect(told().at(-1)).toBe('head dump: not taken: it was reset before its turn came');
});

it('takes no core where the profile wants none, and nothing of who lives', async () => {
  const { dumps, machine, taken } = setUp({ vmcore: false });
  const [head, tenant] = [machine('head'), machine('tenant')];
  head.panic();
  await dumps.finish(tenant.made);
  await dumps.finishAll(false);
  expect(taken).toEqual(['trial.head.panic-dmesg.txt']);
});

it.each([
  ['log', new InfraError('its memory holds no VMCOREINFO'), 'head panic log: not taken: its memory holds no VMCOREINFO'],
  ['vmcore', new InfraError('it takes 30.0 GiB of disk on the way'), 'head dump: not taken: it takes 30.0 GiB of disk on the way'],
  ['vmcore', new Interrupted('interrupted by SIGINT'), 'head dump: not taken: interrupted by SIGINT'],
] as [DumpKind, Error, string][])('tells why there is no %s, and takes the other', async (kind, why, fact) => {
  const { dumps, machine, taken, told, faults } = setUp({ refuse: { [kind]: why } });
  machine('head').panic();
  await dumps.finishAll(false);
  expect(told()).toContain(fact);
  expect(taken).toHaveLength(1);
  expect(faults).toEqual([]);
});

it('tells our own side where the record refuses it', async () => {
  const { dumps, machine, faults, history } = setUp({ vmcore: false });
  machine('head').panic();
  history[Symbol.dispose]();
  await dumps.finishAll(false);
  expect(faults.length).toBeGreaterThan(0);
});
