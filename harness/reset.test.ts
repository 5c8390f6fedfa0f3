import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CandidateError, InfraError, Interrupted } from '../results/errors.ts';
import { History, readHistory } from '../results/history.ts';
import { type ResetContext, resetMachine } from './reset.ts';

const dir = mkdtempSync(join(tmpdir(), 'reset-'));
afterAll(() => rmSync(dir, { recursive: true }));

const OURS = new InfraError('tenant1: SSH did not answer within 60 s of power on: closed');

/** A machine that does not come up again, and what becomes of it meanwhile. */
async function reset(meanwhile: (stop: AbortController) => void, why: Error = OURS): Promise<{ records: unknown[]; back: unknown }> {
  const file = join(mkdtempSync(join(dir, 'run-')), 'history.jsonl');
  const history = new History(file, () => 7);
  const stop = new AbortController();
  const machine = {
    name: 'tenant1',
    power: { reset: async () => undefined },
    rejoin: async () => {
      meanwhile(stop);
      throw why;
    },
  };
  const context = {
    ...{ history, trial: 't', signal: stop.signal, steadyWithin_s: 1, profile: { bootLimit_s: 60 } },
    ...{ monitor: { revive: () => undefined }, dumps: { finish: async () => undefined }, isSteady: () => false },
    setUp: async () => undefined,
  };
  const back = await resetMachine(machine as never, context as unknown as ResetContext).catch((error: unknown) => error);
  const { records } = readHistory(file);
  return {
    back,
    records: records.map((record) => (record.k === 'action' ? record.state : record.k === 'recovered' ? record.how : record.k)),
  };
}

describe('a machine that is reset, and does not come up', () => {
  it('has not recovered', async () => {
    const why = new CandidateError('tenant1 did not boot: Kernel panic - not syncing: VFS');
    expect(await reset(() => undefined, why)).toEqual({ back: false, records: ['begin', 'failed', 'not recovered'] });
  });

  it('is not held to have failed where our own side did', async () => {
    expect(await reset(() => undefined)).toEqual({ back: OURS, records: ['begin', 'failed'] });
  });

  it('is told nothing of where we ended it ourselves', async () => {
    const reason = new Interrupted('interrupted by SIGINT');
    expect(await reset((stop) => stop.abort(reason))).toEqual({ back: reason, records: ['begin', 'failed'] });
  });
});
