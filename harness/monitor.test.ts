import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { History } from '../results/history.ts';
import { Monitor } from './monitor.ts';

it('what cannot be written any more ends the trial, and throws nothing at the timer that told it', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sp-monitor-'));
  const faults: Error[] = [];
  const history = new History(join(dir, 'history.jsonl'), () => 0);
  const monitor = new Monitor(history, 't', (error) => faults.push(error));
  monitor.contended({ for_s: 1, others: 0.5 });
  expect(faults).toEqual([]);
  history[Symbol.dispose]();
  monitor.contended({ for_s: 1, others: 0.5 });
  expect(faults.map(({ message }) => message)).toEqual([expect.stringContaining('is closed already')]);
  rmSync(dir, { recursive: true });
});
