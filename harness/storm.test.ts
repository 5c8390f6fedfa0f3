import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InfraError } from '../results/errors.ts';
import { History } from '../results/history.ts';
import type { HistoryRecord } from '../results/model.ts';
import type { Action } from '../suites/suite.ts';
import type { Job, Machine, Network, NetworkName, Site } from '../targets/target.ts';
import { aimOf, beginStorm, type StormContext } from './storm.ts';

const HEAD = '2001:2:0:8000::10';
const CLOSING = '      600 packets outgoing\n';

/** How a fake program behaves: what it prints, how and when it ends by itself. */
interface Script {
  readonly prints?: string;
  readonly code?: number;
  readonly stderr?: string;
  readonly timedOut?: boolean;
  readonly after_ms?: number;
}

/** A FAKE site: nothing is started and no packet leaves; what it was asked to do stands in `asked`. */
class FakeSite {
  readonly asked: string[] = [];
  readonly inputs: string[] = [];
  script: Script = { prints: CLOSING, code: 0, after_ms: 50 };
  consenting: readonly string[] = [HEAD];
  /** what `manage` waits for */
  connected: Promise<void> = Promise.resolve();
  breaks: Partial<Record<'cut' | 'restore', number>> = {};

  readonly site = {
    networks: { front: this.#network('front'), store: this.#network('store') },
    machines: new Map([['head', this.#machine('head')]]),
    tailOf: () => {
      throw new InfraError('this fake has no tails');
    },
  } as unknown as Site;

  #network(name: NetworkName): Network {
    const link = async (what: 'cut' | 'restore') => {
      this.asked.push(`${what} ${name}`);
      const left = this.breaks[what] ?? 0;
      this.breaks[what] = left - 1;
      if (left > 0) throw new InfraError(`the ${name} link does not ${what}`);
    };
    return {
      name,
      prefix: '2001:2:0:8000::/64',
      station: '2001:2:0:8000::1',
      consents: (address) => this.consenting.includes(address),
      spawn: (argv, { limit_s }) => this.#start(`spawn ${argv[0]} for ${limit_s} s`),
      link: () => ({ device: 'front', source: '02:53:50:00:0f:01', destination: '02:53:50:00:0f:10' }),
      cut: () => link('cut'),
      restore: () => link('restore'),
    };
  }

  #machine(name: string): Machine {
    const start = async (argv: readonly string[], { limit_s }: { limit_s: number }) => this.#start(`start ${argv[0]} for ${limit_s} s`);
    return {
      name,
      address: { front: HEAD },
      manage: async () => {
        await this.connected;
        return { start };
      },
    } as unknown as Machine;
  }

  #start(what: string): Job {
    this.asked.push(what);
    const { prints = '', code = 0, stderr = '', timedOut = false, after_ms = 0 } = this.script;
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    stdin.on('data', (chunk: Buffer) => this.inputs.push(chunk.toString()));
    let end: (how: { code: number | null; stderr: string; timedOut: boolean }) => void = () => undefined;
    const done = new Promise<{ code: number | null; stderr: string; timedOut: boolean }>((resolve) => {
      end = resolve;
    });
    stdout.write(prints);
    const timer = setTimeout(() => end({ code, stderr, timedOut }), after_ms);
    const stop = async () => {
      clearTimeout(timer);
      this.asked.push('stop');
      end({ code: null, stderr: 'killed', timedOut: false });
    };
    return { stdin, stdout, done, stop };
  }
}

let dir: string;
let history: History;
let records: HistoryRecord[];
let fake: FakeSite;
let abort: AbortController;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'storm-'));
  history = new History(join(dir, 'history.jsonl'), () => performance.now() / 1000);
  records = [];
  history.subscribe((record) => records.push(record));
  fake = new FakeSite();
  abort = new AbortController();
});
afterEach(() => {
  history[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

const context = (): StormContext => ({ site: fake.site, history, trial: 'x', patience_s: 60, signal: abort.signal });
const flood = (at_s: number, for_s: number): Action => ({
  at_s,
  for_s,
  kind: 'engine',
  engine: 'trafgen',
  on: { station: 'front', to: 'head' },
  params: { frame_bytes: 66, rate_pps: 60, port: 9 },
});
const load = (at_s: number, for_s: number): Action => ({
  at_s,
  for_s,
  kind: 'load',
  engine: 'fio',
  on: { machine: 'head' },
  params: { pattern: 'write', block_bytes: 4096, depth: 1, fsync_every: 1, size_MiB: 1 },
});
const cut = (at_s: number, for_s: number): Action => ({ at_s, for_s, kind: 'fault', fault: 'link-cut', on: 'store' });
/** The actions in the history, in words. */
const told = () =>
  records.flatMap((record) => (record.k === 'action' ? [`${record.what} ${record.name} on ${record.on} ${record.state}`] : []));
const details = () => records.flatMap((record) => (record.k === 'action' && record.state !== 'begin' ? [record.detail] : []));

describe('a storm', () => {
  it('begins and ends every action at its time, each in the history before and after it is done', async () => {
    const from = history.now();
    const storm = beginStorm([cut(0.2, 0.3), flood(0, 10)], context());
    await storm.over;
    expect(told()).toEqual([
      'engine trafgen on head begin',
      'engine trafgen on head end',
      'fault link-cut on store begin',
      'fault link-cut on store end',
    ]);
    expect(fake.asked).toEqual(['spawn trafgen for 30 s', 'cut store', 'restore store']);
    const [, , begin, end] = records.map(({ t }) => t - from) as [number, number, number, number];
    expect(begin).toBeGreaterThanOrEqual(0.19);
    expect(end - begin).toBeGreaterThanOrEqual(0.29);
    expect(end).toBeLessThan(2);
  });

  it('gives an engine its input, and records the figures that it prints at its end', async () => {
    await beginStorm([flood(0, 10)], context()).over;
    expect(fake.inputs.join('')).toContain(`daddr=${HEAD}`);
    expect(records.at(-1)).toMatchObject({ state: 'end', figures: { sent_packets: 600 } });
    expect(records[0]).toMatchObject({ state: 'begin', detail: 'frame_bytes 66, rate_pps 60, port 9' });
  });

  it("is over when its engines are, though a tenant's own work goes on", async () => {
    fake.script = { after_ms: 300 };
    const storm = beginStorm([load(0, 10), cut(0, 0.05)], context());
    await storm.over;
    expect(told().toSorted()).toEqual(['fault link-cut on store begin', 'fault link-cut on store end', 'load fio on head begin']);
    await storm.loadsOver;
    expect(told().at(-1)).toBe('load fio on head end');
    // what a fault holds up may end so much later
    expect(fake.asked).toContain('start fio for 90 s');
  });

  it.each<[string, Script, string]>([
    ['failed', { code: 1, stderr: 'Usage: trafgen\ncannot open device' }, 'cannot open device'],
    ['failed without a word', { code: 3 }, 'exit 3'],
    ['did not end', { code: 124, timedOut: true }, 'did not end in 30 s and was killed'],
  ])('records an engine that %s, and goes on', async (_what, script, detail) => {
    fake.script = script;
    await beginStorm([flood(0, 10), cut(0.1, 0.05)], context()).over;
    expect(told()).toEqual([
      'engine trafgen on head begin',
      'engine trafgen on head failed',
      'fault link-cut on store begin',
      'fault link-cut on store end',
    ]);
    expect(details()[0]).toBe(detail);
  });

  it('records an engine whose output is not its own as failed', async () => {
    fake.script = { prints: 'Segmentation fault' };
    await beginStorm([load(0, 1)], context()).loadsOver;
    expect(told().at(-1)).toBe('load fio on head failed');
    expect(details()).toEqual([expect.stringMatching(/^fio printed no report/)]);
  });

  it('heals a fault that could not be injected, and one that could not be healed at once', async () => {
    fake.breaks = { cut: 1 };
    await beginStorm([cut(0, 0.05)], context()).over;
    expect(fake.asked).toEqual(['cut store', 'restore store']);
    fake.breaks = { restore: 1 };
    await beginStorm([cut(0, 0.05)], context()).over;
    expect(fake.asked.slice(2)).toEqual(['cut store', 'restore store', 'restore store']);
    expect(details()).toEqual(['the store link does not cut', 'the store link does not restore']);
  });

  it('that is aborted heals its faults and stops its engines at once, and begins nothing more', async () => {
    fake.script = { after_ms: 60_000 };
    const storm = beginStorm([cut(0, 60), flood(0, 60), flood(30, 60), cut(30, 1), load(0, 60)], context());
    await sleep(100);
    const from = performance.now();
    abort.abort();
    await Promise.all([storm.over, storm.loadsOver]);
    expect(performance.now() - from).toBeLessThan(1000);
    expect(fake.asked.filter((what) => what === 'cut store')).toHaveLength(1);
    expect(fake.asked.filter((what) => what === 'restore store')).toHaveLength(1);
    expect(fake.asked.filter((what) => what === 'stop')).toHaveLength(2);
    expect(told()).toHaveLength(6);
    expect(told()).toContain('fault link-cut on store end');
  });

  it('that is aborted while a machine is still being reached stops what is started there after all', async () => {
    let connect: () => void = () => undefined;
    fake.connected = new Promise((resolve) => {
      connect = resolve;
    });
    fake.script = { after_ms: 60_000 };
    const storm = beginStorm([load(0, 60)], context());
    await sleep(50);
    abort.abort();
    connect();
    await storm.loadsOver;
    expect(fake.asked).toEqual(['start fio for 140 s', 'stop']);
  });

  it('ends when the history takes no more, and leaves no failure behind that nobody hears of', async () => {
    history[Symbol.dispose]();
    const storm = beginStorm([flood(0, 1), load(0, 1), cut(0, 1)], context());
    await expect(storm.over).rejects.toThrow(InfraError);
    // the tenants' own work is only waited for when the storm went well; its failure must not end the program before the release
    await sleep(50);
    expect(fake.asked).toEqual([]);
  });

  it('with nothing to do is over', async () => {
    const storm = beginStorm([], context());
    await Promise.all([storm.over, storm.loadsOver]);
    expect(records).toEqual([]);
  });
});

describe('what a storm is aimed at', () => {
  it('is the machine, from the station, with the addresses of both', () => {
    expect(aimOf(fake.site, { station: 'front', to: 'head' })).toEqual({
      device: 'front',
      sourceMac: '02:53:50:00:0f:01',
      destinationMac: '02:53:50:00:0f:10',
      source: '2001:2:0:8000::1',
      destination: HEAD,
    });
  });

  it('is nobody, inside a machine', () => {
    expect(aimOf(fake.site, { machine: 'head' })).toBeUndefined();
  });

  it.each([
    ['a machine that is not there', { station: 'front', to: 'tenant9' }],
    ['a machine without a card on that network', { station: 'store', to: 'head' }],
    ['an address instead of a name', { station: 'front', to: HEAD }],
    ['a name of JavaScript', { station: 'front', to: 'constructor' }],
  ] as const)('is refused: %s', (_what, on) => {
    expect(() => aimOf(fake.site, on)).toThrow(/^refused: .* is no machine of this run on its (front|store) network$/);
  });

  it('is refused whatever the address, unless the network consents; nothing is started then', async () => {
    const address = fc.oneof(
      fc.ipV6(),
      fc.ipV4(),
      fc.domain(),
      fc.string(),
      fc.constantFrom('::1', 'ff02::1', '2001:2:0:8000::11', `${HEAD}0`, `${HEAD} `),
    );
    await fc.assert(
      fc.asyncProperty(address, async (there) => {
        fc.pre(there !== HEAD);
        const other = { ...fake.site.machines.get('head'), address: { front: there } } as Machine;
        const site = { ...fake.site, machines: new Map([['head', other]]) } as Site;
        expect(() => aimOf(site, { station: 'front', to: 'head' })).toThrow(InfraError);
        records.length = 0;
        await beginStorm([flood(0, 1)], { ...context(), site }).over;
        expect(told()).toEqual(['engine trafgen on head begin', 'engine trafgen on head failed']);
        expect(details()[0]).toMatch(/^refused: /);
        expect(fake.asked).toEqual([]);
      }),
    );
  });
});
