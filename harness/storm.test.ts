import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InfraError } from '../results/errors.ts';
import { History } from '../results/history.ts';
import type { HistoryRecord } from '../results/model.ts';
import type { Action, EngineAction, SingleAction } from '../suites/suite.ts';
import type { Job, Machine, Network, NetworkName, Site, WireCounters } from '../targets/target.ts';
import { chooseFloodEngine } from './flood-engine.ts';
import { beginStorm, type StormContext } from './storm.ts';

const HEAD = '2001:2:0:8000::10';
const PREFIX = '2001:2:0:8000';
/** Closing words of the engines. */
const CLOSING = {
  pktgen: '     pkts-sofar: 600  errors: 0\n',
  'xdp-frames': '{"sent_packets":600,"sent_bytes":39600,"asked_packets":600,"seconds":10.01}\n',
  trafgen: '      600 packets outgoing\n',
};
type Flooder = keyof typeof CLOSING;
/** What an attempt may take (harness/flood-engine.ts), and nothing else has so little time. */
const ATTEMPT_LIMIT_S = 20;

/** How a fake program behaves: what it prints, how and when it ends by itself. */
interface Script {
  readonly prints?: string;
  readonly code?: number;
  readonly stderr?: string;
  readonly timedOut?: boolean;
  readonly after_ms?: number;
  /** what it waits for, instead */
  readonly after?: Promise<void>;
}

/** A FAKE site: nothing is started and no packet leaves; what it was asked to do stands in `asked`. */
const nothing = async () => undefined;

class FakeSite {
  readonly asked: string[] = [];
  readonly inputs: string[] = [];
  script: Script = { code: 0, after_ms: 50 };
  /** what comes of trying an engine; an Error is thrown */
  attempts: Record<Flooder, Script | Error> = { 'xdp-frames': {}, pktgen: {}, trafgen: {} };
  /** what the wire counts, reading by reading */
  wires: WireCounters[] = [];
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
      prefix: `${PREFIX}::/64`,
      station: `${PREFIX}::1`,
      consents: (address) => this.consenting.includes(address),
      consentsPrefix: (prefix) => prefix === PREFIX,
      spawn: (argv, { limit_s }) => ({ ...this.#spawn(argv, limit_s), pids: () => [] }),
      aim: () => ({
        ...{ device: 'front', sourceMac: '02:53:50:00:0f:01', destinationMac: '02:53:50:00:0f:10' },
        ...{ source: `${PREFIX}::1`, destination: HEAD, prefix: PREFIX },
      }),
      // the last of them from then on: it is read on and on while a flood comes
      wire: () => (this.wires.length > 1 ? this.wires.shift() : this.wires[0]) ?? wireAt(0),
      cut: () => link('cut'),
      restore: () => link('restore'),
      ...{ throttle: nothing, unthrottle: nothing, forget: nothing, takeOver: nothing },
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

  #spawn(argv: readonly string[], limit_s: number): Job {
    const line = argv.join(' ');
    const name: Flooder = line.includes('xdp-frames/main.ts') ? 'xdp-frames' : line.includes('/proc/net/pktgen') ? 'pktgen' : 'trafgen';
    if (limit_s !== ATTEMPT_LIMIT_S) return this.#start(`spawn ${name} for ${limit_s} s`, { prints: CLOSING[name], ...this.script });
    const attempt = this.attempts[name];
    if (!(attempt instanceof Error)) return this.#start(`attempt ${name}`, attempt);
    this.asked.push(`attempt ${name}`);
    throw attempt;
  }

  #start(what: string, script = this.script): Job {
    this.asked.push(what);
    const { prints = '', code = 0, stderr = '', timedOut = false, after_ms = 0 } = script;
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    stdin.on('data', (chunk: Buffer) => this.inputs.push(chunk.toString()));
    let end: (how: { code: number | null; stderr: string; timedOut: boolean }) => void = () => undefined;
    const done = new Promise<{ code: number | null; stderr: string; timedOut: boolean }>((resolve) => {
      end = resolve;
    });
    stdout.write(prints);
    const finish = () => end({ code, stderr, timedOut });
    const timer = script.after === undefined ? setTimeout(finish, after_ms) : undefined;
    void script.after?.then(finish);
    const stop = async () => {
      clearTimeout(timer);
      this.asked.push('stop');
      end({ code: null, stderr: 'killed', timedOut: false });
    };
    return { stdin, stdout, done, stop };
  }
}

/** A wire on which so many packets have come as far as each place. */
const wireAt = (unsent: number, sent = 0, arrived = 0, taken = 0, dropped = 0): WireCounters => ({
  ...{ unsent_packets: unsent, dropped_packets: dropped },
  sent: { packets: sent, bytes: 62 * sent },
  arrived: { packets: arrived, bytes: 62 * arrived },
  taken: { packets: taken, bytes: 62 * taken },
});

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
  kind: 'flood',
  on: { station: 'front', to: 'head' },
  params: { vector: 'udp-66', load: [{ at_s: 0, for_s, from_pps: 60, to_pps: 60 }], seed: 1 },
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
/** The actions in the history, in words; of one kind alone, where that is said. */
const told = (what?: 'engine' | 'fault') =>
  records.flatMap((record) =>
    record.k === 'action' && (what === undefined || record.what === what)
      ? [`${record.what} ${record.name} on ${record.on} ${record.state}`]
      : [],
  );
const facts = () => records.flatMap((record) => (record.k === 'fact' ? [`${record.name}: ${record.value}`] : []));
/** What was really started, beside what was only tried. */
const started = () => fake.asked.filter((what) => !what.startsWith('attempt'));
const details = () => records.flatMap((record) => (record.k === 'action' && record.state !== 'begin' ? [record.detail] : []));

describe('a storm', () => {
  it('begins and ends every action at its time, each in the history before and after it is done', async () => {
    const from = history.now();
    const storm = beginStorm([cut(0.2, 0.3), flood(0, 10)], context());
    await storm.over;
    expect(told('engine')).toEqual(['engine xdp-frames on head begin', 'engine xdp-frames on head end']);
    expect(told('fault')).toEqual(['fault link-cut on store begin', 'fault link-cut on store end']);
    expect(started().toSorted()).toEqual(['cut store', 'restore store', 'spawn xdp-frames for 30 s']);
    const times = records.flatMap((record) => (record.k === 'action' && record.what === 'fault' ? [record.t - from] : []));
    const [begin, end] = times as [number, number];
    expect(begin).toBeGreaterThanOrEqual(0.19);
    expect(end - begin).toBeGreaterThanOrEqual(0.29);
    expect(end).toBeLessThan(2);
  });

  it('has one round at a time, each with its policy in force until all of it has ended, however late that is', async () => {
    fake.script = { prints: '', after_ms: 150 };
    const pool = { stormers: ['a'], victims: ['b'], rate_bps: 1e6 };
    const round = (at_s: number, tenant: string): Action => ({
      ...{ at_s, for_s: 0.05, kind: 'round', policy: 'unlimited', on: 'head', params: pool },
      during: [{ ...(load(0, 1) as EngineAction), round: { tenant, with: 'together' as const, policy: 'unlimited' as const } }],
    });
    await beginStorm([round(0, 'a'), round(0.05, 'b')], context()).over;
    const one = ['policy unlimited begin', 'load fio begin', 'load fio end', 'policy unlimited end'];
    expect(records.flatMap((record) => (record.k === 'action' ? [`${record.what} ${record.name} ${record.state}`] : []))).toEqual([
      ...one,
      ...one,
    ]);
    const tenants = records.flatMap((record) => (record.k === 'action' && record.tenant !== undefined ? [record.tenant] : []));
    expect(tenants).toEqual(['a', 'a', 'b', 'b']);
  });

  it('has one step at a time, whose times count from when the one before has ended, however late that is', async () => {
    fake.script = { after_ms: 250 };
    const step = (at_s: number): Action => ({ at_s, for_s: 0.1, kind: 'step', during: [cut(0.1, 0.05), flood(0, 10)] as SingleAction[] });
    await beginStorm([step(0), step(0.1)], context()).over;
    const times = records.flatMap((record) => (record.k === 'action' ? [{ what: record.what, state: record.state, t: record.t }] : []));
    // which of the two ends first is a matter of how busy this machine is
    const steps = [times.slice(0, 4), times.slice(4)].map((each) => each.map(({ what, state }) => `${what} ${state}`).toSorted());
    expect(steps).toEqual([0, 1].map(() => ['engine begin', 'engine end', 'fault begin', 'fault end']));
    const [begun = 0, cutAt = 0] = ['engine', 'fault'].map((name) => times.slice(4).find(({ what }) => what === name)?.t);
    expect(begun).toBeGreaterThanOrEqual((times[3]?.t ?? 0) - 0.001);
    expect(cutAt - begun).toBeGreaterThan(0.08);
  });

  it('gives an engine its input, and records the figures that it prints at its end', async () => {
    await beginStorm([flood(0, 10)], context()).over;
    const [attempt, job] = fake.inputs.map((input) => JSON.parse(input));
    expect(job).toMatchObject({ device: 'front', load: [{ at_s: 0, for_s: 10, from_pps: 60, to_pps: 60 }] });
    expect(attempt).toEqual({ ...job, load: [] });
    expect(records.at(-1)).toMatchObject({ state: 'end', figures: { sent_packets: 600 } });
    expect(records.at(-2)).toMatchObject({ state: 'begin', detail: 'udp-66, 60 packets/s for 10 s' });
  });

  it("joins what the wire counted meanwhile to a flood's figures", async () => {
    fake.wires = [wireAt(1, 100, 90, 80, 7), wireAt(4, 700, 680, 500, 27)];
    await beginStorm([flood(0, 10)], context()).over;
    expect(records.at(-1)).toMatchObject({
      figures: {
        ...{ sent_packets: 600, sent_bytes: 39_600, asked_packets: 600, unsent_packets: 3 },
        asked_s: 10,
        ...{ arrived_packets: 590, arrived_bytes: 590 * 62, taken_packets: 420, card_dropped_packets: 20 },
      },
    });
  });

  it("is over when its engines are, though a tenant's own work goes on", async () => {
    const { promise: after, resolve: endIt } = Promise.withResolvers<void>();
    fake.script = { after };
    const storm = beginStorm([load(0, 10), cut(0, 0.05)], context());
    await storm.over;
    expect(told().toSorted()).toEqual(['fault link-cut on store begin', 'fault link-cut on store end', 'load fio on head begin']);
    endIt();
    await storm.loadsOver;
    expect(told().at(-1)).toBe('load fio on head end');
    // what a fault holds up may end so much later
    expect(fake.asked).toContain('start fio for 90 s');
  });

  it.each<[string, Script, string]>([
    ['failed', { code: 1, stderr: 'something is said first\ncannot open device' }, 'cannot open device'],
    ['failed without a word', { code: 3 }, 'exit 3'],
    ['did not end', { code: 124, timedOut: true }, 'did not end in 30 s and was killed'],
  ])('records an engine that %s, and goes on', async (_what, script, detail) => {
    fake.script = script;
    await beginStorm([flood(0, 10), cut(0.1, 0.05)], context()).over;
    expect(told('engine')).toEqual(['engine xdp-frames on head begin', 'engine xdp-frames on head failed']);
    expect(told('fault')).toEqual(['fault link-cut on store begin', 'fault link-cut on store end']);
    expect(details()).toContain(detail);
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
    await vi.waitFor(() => expect(told()).toHaveLength(3), 10_000);
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
    expect(started()).toEqual([]);
  });

  it('with nothing to do is over', async () => {
    const storm = beginStorm([], context());
    await Promise.all([storm.over, storm.loadsOver]);
    expect(records).toEqual([]);
  });
});

describe('a flood', () => {
  const REFUSED = 'a map was refused by the kernel: EPERM';
  const NOT_LOADED = 'it is not loaded here';

  it('is made by the first engine that can, which stands in the history', async () => {
    await beginStorm([flood(0, 10)], context()).over;
    expect(fake.asked).toEqual(['attempt xdp-frames', 'spawn xdp-frames for 30 s']);
    expect(facts()).toEqual(['flood engine: xdp-frames']);
  });

  it.each<[string, Script | Error, string]>([
    ['ends with an error', { code: 1, stderr: `told first\n${REFUSED}` }, REFUSED],
    ['ends without a word', { code: 127 }, 'exit 127'],
    ['does not end', { code: 124, timedOut: true }, 'no answer in 20 s'],
    ['cannot even be started', new InfraError('nsenter: no such namespace'), 'nsenter: no such namespace'],
  ])('falls back where the first %s, and the history says why', async (_what, attempt, why) => {
    fake.attempts = { 'xdp-frames': attempt, pktgen: { code: 1, stderr: NOT_LOADED }, trafgen: {} };
    await beginStorm([flood(0, 10)], context()).over;
    expect(fake.asked).toEqual(['attempt xdp-frames', 'attempt pktgen', 'attempt trafgen', 'spawn trafgen for 30 s']);
    expect(facts()).toEqual([`flood engine: trafgen; not xdp-frames: ${why}; not pktgen: ${NOT_LOADED}`]);
    expect(told()).toEqual(['engine trafgen on head begin', 'engine trafgen on head end']);
    expect(records.at(-1)).toMatchObject({ figures: { sent_packets: 600 } });
  });

  it('that is one of several at once is not made by an engine that can make only one', async () => {
    fake.attempts = { 'xdp-frames': { code: 1, stderr: REFUSED }, pktgen: {}, trafgen: {} };
    const [first] = [flood(0, 10)];
    if (first?.kind !== 'flood') throw new Error('no flood');
    expect((await chooseFloodEngine(first, context(), { atOnce: 2 })).name).toBe('trafgen');
    fake = new FakeSite();
    await expect(chooseFloodEngine(first, context(), { only: 'pktgen', atOnce: 2 })).rejects.toThrow(
      /pktgen: it makes one flood at a time/,
    );
  });

  it('fails as an action where no engine can make it, and the storm goes on', async () => {
    fake.attempts = {
      'xdp-frames': { code: 1, stderr: REFUSED },
      pktgen: { code: 1, stderr: NOT_LOADED },
      trafgen: { code: 1, stderr: 'not installed' },
    };
    await beginStorm([flood(0, 10), cut(0.1, 0.05)], context()).over;
    expect(told('engine')).toEqual(['engine flood on head failed']);
    expect(told('fault')).toEqual(['fault link-cut on store begin', 'fault link-cut on store end']);
    const why = `no engine can flood here: xdp-frames: ${REFUSED}; pktgen: ${NOT_LOADED}; trafgen: not installed`;
    expect(details()).toContainEqual(expect.stringContaining(why));
    expect(started()).toEqual(['cut store', 'restore store']);
  });

  it('tries the engines once for a site, however many floods there are, and anew for another', async () => {
    await beginStorm([flood(0, 1), flood(0.2, 1)], context()).over;
    expect(fake.asked).toEqual(['attempt xdp-frames', 'spawn xdp-frames for 21 s', 'spawn xdp-frames for 21 s']);
    fake = new FakeSite();
    await beginStorm([flood(0, 1)], context()).over;
    expect(fake.asked[0]).toBe('attempt xdp-frames');
  });

  it('at what does not consent is refused before anything is tried or started', async () => {
    fake.consenting = [];
    await beginStorm([flood(0, 1)], context()).over;
    expect(fake.asked).toEqual([]);
    expect(told()).toEqual(['engine flood on head failed']);
    expect(details()[0]).toMatch(/^refused: /);
  });

  it('is refused also where the site was known to be able, and consents no more', async () => {
    await beginStorm([flood(0, 1)], context()).over;
    fake.asked.length = 0;
    fake.consenting = [];
    await beginStorm([flood(0, 1)], context()).over;
    expect(fake.asked).toEqual([]);
    expect(details().at(-1)).toMatch(/^refused: /);
  });
});
