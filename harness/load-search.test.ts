import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SearchPlan } from '../results/curve.ts';
import { InfraError } from '../results/errors.ts';
import { History } from '../results/history.ts';
import type { HistoryRecord, KernelEvent } from '../results/model.ts';
import { type Load, packetsOf } from '../suites/flood/load.ts';
import type { Action } from '../suites/suite.ts';
import type { Machine, Site } from '../targets/target.ts';
import { readCounters } from './counters.ts';
import { chooseFloodEngine } from './flood-engine.ts';
import { searchLoad } from './load-search.ts';
import type { Monitor } from './monitor.ts';
import type { LoadSearchContext } from './search/context.ts';
import { beginStorm, type StormContext } from './storm.ts';

vi.mock('./storm.ts', () => ({ beginStorm: vi.fn() }));
vi.mock('./counters.ts', () => ({ readCounters: vi.fn() }));
vi.mock('./flood-engine.ts', () => ({ chooseFloodEngine: vi.fn() }));

const FLOOD: Extract<Action, { kind: 'flood' }> = {
  ...{ kind: 'flood', at_s: 0, for_s: 10, on: { station: 'front', to: 'head' } },
  params: { vector: 'udp-66', load: [], seed: 1 },
};
const PLAN: SearchPlan = {
  ...{ least_pps: 1000, most_pps: 16_000, resolution: 0.5, short_s: 1, final_s: 1, mostTrials: 60, most_s: 600 },
  goals: [
    { kind: 'loss', name: 'throughput', atMost: 0.002, repeats: 1, exceedRatio: 0.5 },
    { kind: 'survival', name: 'survival', repeats: 1 },
  ],
};

/** A FAKE host: it takes so many packets/s, and dies of so many; whether it comes back, and whether the engine works, is said too. */
const host = {
  takes_pps: Infinity,
  diesAbove_pps: Infinity,
  comesBack: true,
  engine: 'end' as 'end' | 'failed',
  event: undefined as string | undefined,
  lies: 1,
  /** what a flood with this load does beside that */
  under: (_load: Load) => undefined as unknown,
  /** what happens whenever its wire is read */
  read: () => undefined as unknown,
};
let dir: string;
/** the history's, in seconds */
let clock: () => number;
let history: History;
let records: HistoryRecord[];
let seen: { received: number; arrived: number };
let down: Map<string, string>;
let events: { t: number; event: KernelEvent }[];
let revived: number;
/** what the host lists as tasks in uninterruptible sleep */
let stuck: () => string;
/** of the packets of each flood */
let seeds: (number | undefined)[];
/** whether the wire can no longer be read */
let broken: boolean;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'search-'));
  clock = () => performance.now() / 1000;
  history = new History(join(dir, 'history.jsonl'), () => clock());
  records = [];
  history.subscribe((record) => records.push(record));
  Object.assign(host, { takes_pps: Infinity, diesAbove_pps: Infinity, comesBack: true, engine: 'end', event: undefined, lies: 1 });
  host.under = host.read = () => undefined;
  vi.mocked(chooseFloodEngine).mockReset();
  seeds = [];
  broken = false;
  [seen, down, events, revived, stuck] = [{ received: 0, arrived: 0 }, new Map(), [], 0, () => ''];
  vi.mocked(readCounters).mockImplementation(async () => ({ front_rx_packets: seen.received, cpu0_softirq_ticks: 0 }));
  vi.mocked(beginStorm).mockImplementation(([action], context) => ({
    over: storm(action as typeof FLOOD, context),
    loadsOver: Promise.resolve(),
  }));
});
afterEach(() => {
  history[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

async function storm({ params: { load, packetSeed }, for_s }: typeof FLOOD, { trial, signal }: StormContext): Promise<void> {
  seeds.push(packetSeed);
  const packets = packetsOf(load);
  const tell = (state: 'end' | 'failed', figures: Record<string, number>) =>
    history.write(trial, { k: 'action', what: 'engine', name: 'xdp-frames', on: 'head', state, figures, detail: 'as it was told' });
  if (host.engine === 'failed') return void tell('failed', {});
  seen.arrived += packets * host.lies;
  if (packets / for_s > host.diesAbove_pps) {
    down.set('head', 'panicked');
    return void tell('failed', {});
  }
  seen.received += Math.min(packets * host.lies, host.takes_pps * for_s);
  await host.under(load);
  if (signal.aborted) return void tell('failed', {});
  if (host.event !== undefined) events.push({ t: history.now(), event: { title: host.event, class: 'crash' } as KernelEvent });
  tell('end', { sent_packets: packets });
}

const context = (change: Partial<LoadSearchContext> = {}): LoadSearchContext => ({
  site: {
    networks: {
      front: {
        wire: () => {
          if (broken) throw new InfraError('the counters of a network cannot be read');
          host.read();
          return { arrived: { packets: seen.arrived }, taken: { packets: seen.received } };
        },
      },
    },
  } as unknown as Site,
  history,
  trial: 'x',
  monitor: { down, events: () => events, samples: () => [] } as unknown as Monitor,
  signal: new AbortController().signal,
  note: () => undefined,
  machine: { name: 'head', manage: async () => ({ run: async () => ({ code: 0, stdout: stuck() }) }) } as unknown as Machine,
  probes: [],
  classes: ['crash'],
  steady: () => true,
  revive: async () => {
    revived += 1;
    down.clear();
    return host.comesBack;
  },
  recoverWithin_s: 1,
  giveUpAfter_s: 1.2,
  hold_s: 0,
  hungTaskTimeout_s: 10,
  deathNotice_s: 0.05,
  ...change,
});
const steps = () => records.flatMap((record) => (record.k === 'search' ? [record] : []));
const recovery = () => records.flatMap((record) => (record.k === 'systemRecovery' ? [record] : []));
const warned = (title: string) => events.push({ t: history.now(), event: { title, class: 'crash' } as KernelEvent });
const between = (low: number, high: number) => expect.toSatisfy((value: number) => value >= low && value <= high);

describe('a search on a host', () => {
  it('comes to the load that it still takes without loss, by what it received and not by what was sent', async () => {
    host.takes_pps = 5000;
    await searchLoad(FLOOD, PLAN, context());
    const lossless = steps().filter(({ lossRatio }) => lossRatio === 0);
    expect(Math.max(...lossless.map(({ pps }) => pps))).toEqual(between(3300, 5000));
    const most = steps().find(({ pps }) => pps === 16_000);
    expect(most?.lossRatio).toBeCloseTo(1 - 5000 / 16_000, 3);
    expect(records.some(({ k }) => k === 'systemRecovery')).toBe(true);
  });

  it('goes on after a death, from a host that was booted again, and never asks for that load again', async () => {
    host.diesAbove_pps = 6000;
    await searchLoad(FLOOD, PLAN, context());
    const deaths = steps().filter(({ outcome }) => outcome === 'died');
    expect(deaths.length).toBeGreaterThan(0);
    expect(revived).toBe(deaths.length);
    expect(deaths[0]).toMatchObject({ why: 'head panicked', softirqShare: null });
    // of a generator that was ended with its host nobody says that it offered nothing
    expect(deaths.every(({ offered_packets }) => offered_packets > 6000)).toBe(true);
    const lowest = Math.min(...deaths.map(({ pps }) => pps));
    expect(
      Math.max(
        ...steps()
          .filter(({ outcome }) => outcome === 'ok')
          .map(({ pps }) => pps),
      ),
    ).toEqual(between(lowest / 1.6, 6000));
  });

  it('ends where the host does not come back', async () => {
    Object.assign(host, { diesAbove_pps: 0, comesBack: false });
    await searchLoad(FLOOD, PLAN, context());
    expect(steps()).toHaveLength(1);
  });

  it('says what a host that lived did not survive', async () => {
    host.event = 'WARNING in napi_poll';
    await searchLoad(FLOOD, PLAN, context());
    expect(steps().every(({ outcome, why }) => outcome === 'event' && why === 'WARNING in napi_poll')).toBe(true);
    expect(revived).toBe(0);
  });

  it('calls a host dead that is not steady again in time, and asks nothing of it any more', async () => {
    vi.mocked(readCounters).mockImplementation(async () => {
      if (seeds.length > 0) throw new InfraError('head does not answer');
      return { front_rx_packets: 0 };
    });
    await searchLoad(FLOOD, PLAN, context({ steady: () => false, giveUpAfter_s: 0.2, revive: async () => false }));
    expect(steps()).toMatchObject([{ outcome: 'died', why: 'not recovered within 0.2 s' }]);
  });

  it('takes off what passes through the host by itself, on the way to a tenant', async () => {
    host.takes_pps = 8000;
    const pings = () => 8000 * history.now();
    host.under = () => new Promise((resolve) => setTimeout(resolve, 500));
    vi.mocked(readCounters).mockImplementation(async () => ({ tap0_tx_packets: seen.received + pings() }));
    const through = { ...FLOOD, on: { ...FLOOD.on, at: 'behind' } } as const;
    await searchLoad(through, { ...PLAN, mostTrials: 1 }, context());
    expect(steps()[0]?.lossRatio).toEqual(between(0.45, 0.55));
  });

  it('counts as offered what came out of the link, whatever a generator says', async () => {
    host.lies = 0.25;
    await searchLoad(FLOOD, PLAN, context());
    for (const { pps, offered_packets, received_packets } of steps()) {
      expect(offered_packets).toBe(pps * 0.25);
      expect(received_packets).toBe(offered_packets);
    }
  });

  it('calls late what comes back after the objective, and does not boot it again', async () => {
    let asked = 0;
    const late = () => ++asked % 4 === 0;
    await searchLoad(FLOOD, { ...PLAN, mostTrials: 2 }, context({ steady: late, recoverWithin_s: 0.1, giveUpAfter_s: 5 }));
    expect(steps()[0]).toMatchObject({ outcome: 'objective', why: expect.stringMatching(/^recovered only after/) });
    expect(revived).toBe(0);
  });

  it('counts a hang that is told late against the load that brought it', async () => {
    const hung = '/proc/7/task/7/status 12 3\n';
    let looks = 0;
    stuck = () => {
      looks += 1;
      if (looks === 2) events.push({ t: history.now(), event: { title: 'INFO: task hung in x', class: 'crash' } as KernelEvent });
      return looks <= 2 ? hung : '';
    };
    await searchLoad(FLOOD, { ...PLAN, mostTrials: 2 }, context());
    expect(steps()).toMatchObject([{ outcome: 'event', why: 'INFO: task hung in x' }, { outcome: 'ok' }]);
  });

  it('does not wait for tasks that only sleep now and then', async () => {
    let switched = 0;
    stuck = () => `/proc/7/task/7/status ${++switched} 3\n`;
    await searchLoad(FLOOD, { ...PLAN, mostTrials: 1 }, context());
    expect(switched).toBe(2);
  });

  it('counts the boot after a death among what a load took', async () => {
    host.diesAbove_pps = 0;
    const revive = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      down.clear();
      return true;
    };
    await searchLoad(FLOOD, { ...PLAN, mostTrials: 1 }, context({ revive }));
    expect(steps()[0]?.took_s).toBeGreaterThan(0.29);
  });

  it('tells what a host died of also where booting it again fails', async () => {
    host.diesAbove_pps = 0;
    const revive = async () => Promise.reject(new InfraError('no boot'));
    await expect(searchLoad(FLOOD, PLAN, context({ revive }))).rejects.toThrow('no boot');
    expect(steps()).toMatchObject([{ outcome: 'died' }]);
  });

  it('is given up where its engine fails, which says nothing of the host', async () => {
    host.engine = 'failed';
    await expect(searchLoad(FLOOD, PLAN, context())).rejects.toThrow(InfraError);
    expect(steps()).toEqual([]);
  });

  it('ends the flood and is given up where the wire can no longer be read', async () => {
    host.under = async () => {
      broken = true;
      await vi.waitUntil(() => vi.mocked(beginStorm).mock.lastCall?.[1].signal.aborted, 10_000);
    };
    await expect(searchLoad(FLOOD, PLAN, context())).rejects.toThrow('the counters of a network cannot be read');
    expect(steps()).toEqual([]);
  });

  it('sends no packet of one load again with another, and the same with the same seed', async () => {
    const seedsOf = async (seed: number) => {
      seeds = [];
      await searchLoad({ ...FLOOD, params: { ...FLOOD.params, seed } }, PLAN, context());
      return seeds;
    };
    host.takes_pps = 5000;
    const first = await seedsOf(1);
    expect(new Set(first).size).toBe(first.length);
    expect(steps().map(({ packetSeed }) => packetSeed)).toEqual(first.slice(0, -1)); // the last is the system recovery's
    expect(await seedsOf(1)).toEqual(first);
    expect(new Set(await seedsOf(2)).isDisjointFrom(new Set(first))).toBe(true);
  });

  it('asks a host again that was too busy to say what it received', async () => {
    let asked = 0;
    vi.mocked(readCounters).mockImplementation(async () => {
      asked += 1;
      if (asked % 3 === 2) throw new InfraError('no answer in 30 s');
      return { front_rx_packets: seen.received };
    });
    await searchLoad(FLOOD, PLAN, context());
    expect(steps().every(({ lossRatio }) => lossRatio === 0)).toBe(true);
  });
});

describe('a host that dies outside of the flood', () => {
  const panic = () => {
    down.set('head', 'panicked');
    throw new InfraError('head does not answer');
  };
  const read = async () => ({ front_rx_packets: seen.received });
  /** The n-th reading of the counters kills the host. */
  const diesAtReading = (nth: number) => {
    let count = 0;
    vi.mocked(readCounters).mockImplementation(async () => {
      count += 1;
      return count === nth ? panic() : read();
    });
  };

  it.each<[string, () => void, pps: number]>([
    ['while tasks that hang are looked for', () => (stuck = () => (revived === 0 ? panic() : '')), 16_000],
    ['in the reading right after it', () => diesAtReading(2), 16_000],
    ['in the reading before the next', () => diesAtReading(3), 16_000],
    ['in the reading before the one after that', () => diesAtReading(5), 1000],
  ])('died of the load before: %s', async (_when, set, pps) => {
    set();
    host.takes_pps = 500;
    await searchLoad(FLOOD, PLAN, context());
    expect(steps().find(({ outcome }) => outcome === 'died')).toMatchObject({ pps, why: 'head panicked' });
    expect(revived).toBe(1);
  });

  it('died of the load before also where its power tells that only after a moment', async () => {
    vi.mocked(readCounters).mockImplementation(async () => {
      if (steps().length > 0 || seen.arrived === 0 || revived > 0) return read();
      setTimeout(() => down.set('head', 'panicked'), 100);
      throw new InfraError('head does not answer');
    });
    await searchLoad(FLOOD, { ...PLAN, mostTrials: 1 }, context({ deathNotice_s: 0.5 }));
    expect(steps()).toMatchObject([{ outcome: 'died' }]);
  });

  it('is told by its last words, which may come after its power', async () => {
    host.diesAbove_pps = 0;
    host.comesBack = false;
    setTimeout(() => warned('Kernel panic - not syncing'), 150);
    await searchLoad(FLOOD, PLAN, context({ deathNotice_s: 0.3 }));
    expect(steps()).toMatchObject([{ outcome: 'died', why: 'Kernel panic - not syncing' }]);
  });

  it('is none of a search where the host lives, and what was seen of the load before is not lost', async () => {
    let count = 0;
    vi.mocked(readCounters).mockImplementation(async () => {
      count += 1;
      if (count < 3) return read();
      throw new InfraError('head does not answer');
    });
    await expect(searchLoad(FLOOD, PLAN, context())).rejects.toThrow('head does not answer');
    expect(steps()).toMatchObject([{ outcome: 'ok', pps: 16_000 }]);
  });
});

describe('an event between two loads', () => {
  it('belongs to the one before', async () => {
    let readings = 0;
    vi.mocked(readCounters).mockImplementation(async () => {
      readings += 1;
      if (readings === 3) warned('WARNING in x'); // the one before the second load
      return { front_rx_packets: seen.received };
    });
    host.takes_pps = 5000;
    await searchLoad(FLOOD, PLAN, context());
    expect(steps()[0]).toMatchObject({ outcome: 'event', why: 'WARNING in x' });
    expect(
      steps()
        .slice(1)
        .every(({ outcome }) => outcome === 'ok'),
    ).toBe(true);
  });

  it('belongs to the last load where there is none after it', async () => {
    let readings = 0;
    vi.mocked(readCounters).mockImplementation(async () => {
      readings += 1;
      if (readings === 3) warned('WARNING in x');
      return { front_rx_packets: seen.received };
    });
    await searchLoad(FLOOD, { ...PLAN, mostTrials: 1 }, context());
    expect(steps()).toMatchObject([{ outcome: 'event' }]);
  });

  it('belongs to none where the host was booted again meanwhile, or no load was offered yet', async () => {
    warned('WARNING at boot');
    host.diesAbove_pps = 6000;
    const revive = async () => {
      warned('WARNING at boot');
      down.clear();
      return true;
    };
    await searchLoad(FLOOD, PLAN, context({ revive }));
    expect(steps().some(({ outcome }) => outcome === 'ok')).toBe(true);
    expect(steps().some(({ outcome }) => outcome === 'event')).toBe(false);
    expect(steps().every(({ why }) => why === undefined || why === 'head panicked')).toBe(true);
  });
});

describe('the system recovery of a host', () => {
  const isRelief = (load: Load) => load.length === 2;
  beforeEach(() => Object.assign(host, { takes_pps: 5000 }));

  it('is not measured where the engine holds one rate only, and the search stands', async () => {
    vi.mocked(chooseFloodEngine).mockRejectedValue(new InfraError('no engine can flood here: trafgen: it holds one rate only'));
    await searchLoad(FLOOD, PLAN, context());
    expect(recovery()).toMatchObject([{ seconds: null, why: 'no engine can flood here: trafgen: it holds one rate only' }]);
    expect(steps().length).toBeGreaterThan(3);
    expect(vi.mocked(beginStorm).mock.lastCall?.[0][0]).toMatchObject({ params: { load: [{}] } }); // it was not even begun
  });

  it('is not measured where its engine fails, and the search stands', async () => {
    vi.mocked(chooseFloodEngine).mockImplementation(async () => {
      host.engine = 'failed';
      return {} as never;
    });
    await searchLoad(FLOOD, PLAN, context());
    expect(recovery()).toMatchObject([{ seconds: null, why: 'the search cannot go on: as it was told' }]);
  });

  it('is no point of the curve where the host bore the overload', async () => {
    await searchLoad(FLOOD, PLAN, context());
    expect(recovery()).toHaveLength(1);
    expect(steps()).toHaveLength(seeds.length - 1);
  });

  it('makes a point of the curve where the host dies, which is booted again, and the search goes on below that', async () => {
    host.under = (load) => {
      if (isRelief(load)) down.set('head', 'panicked');
    };
    await searchLoad(FLOOD, PLAN, context());
    const death = steps().find(({ outcome }) => outcome === 'died');
    expect(death).toMatchObject({ pps: recovery()[0]?.overload_pps, for_s: 2, stage: 'final', why: 'head panicked' });
    expect(recovery()).toMatchObject([{ seconds: null, why: 'the host did not recover from it' }]);
    expect(revived).toBe(1);
  });

  it('has its overload at the rate of the overload, where the host dies after it', async () => {
    host.under = async (load) => {
      if (!isRelief(load)) return;
      const [over, half] = load;
      const [begin, before] = [history.now(), seen.arrived - packetsOf(load)];
      seen.arrived = before;
      // the clock goes by the readings, ten a second: how late they come is this machine's doing
      let t = 0;
      clock = () => begin + t;
      host.read = () => {
        t += 0.1;
        const over_s = Math.min(t, over?.for_s ?? 0);
        seen.arrived = before + over_s * (over?.from_pps ?? 0) + (t - over_s) * (half?.from_pps ?? 0);
      };
      await vi.waitUntil(() => t >= 1, 10_000);
      down.set('head', 'panicked');
      await vi.waitUntil(() => vi.mocked(beginStorm).mock.lastCall?.[1].signal.aborted, 10_000);
    };
    await searchLoad(FLOOD, { ...PLAN, short_s: 0.3, final_s: 0.3 }, context());
    const { pps = 0, for_s = 0, offered_packets } = steps().find(({ outcome }) => outcome === 'died') ?? {};
    expect(for_s).toBe(0.6);
    expect(offered_packets).toEqual(between(0.9 * pps * for_s, 1.1 * pps * for_s));
  });

  it('makes a point of the curve where an event is seen', async () => {
    host.under = (load) => {
      if (isRelief(load)) warned('WARNING in x');
    };
    await searchLoad(FLOOD, PLAN, context());
    const { overload_pps = 0 } = recovery()[0] ?? {};
    const point = steps().find(({ outcome }) => outcome === 'event');
    expect(point).toMatchObject({ pps: overload_pps, for_s: 2, stage: 'final', why: 'WARNING in x', offered_packets: 2 * overload_pps });
    expect(revived).toBe(0);
  });
});
