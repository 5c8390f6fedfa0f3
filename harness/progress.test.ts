import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HistoryRecord } from '../results/model.ts';
import { cells } from '../results/report/cells.ts';
import { trial as sound, event as waivedEvent, waiver } from './judge/waivers.testing.ts';
import { clock } from './progress/lines.ts';
import { advance, BLANK, draw } from './progress/view.ts';
import { createProgress, type Ui } from './progress.ts';

class Screen extends Writable {
  columns: number;
  rows = 24;
  isTTY: boolean;
  text = '';
  constructor(columns: number, isTTY = true) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.isTTY = isTTY;
  }
  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

const trial = (t: number, name: string): HistoryRecord => ({
  t,
  trial: name,
  k: 'trial',
  suite: 'storage-cutoff',
  class: '1G',
  seed: 1,
  candidate: 'deb:linux-image-cloud-amd64',
  machines: [
    { name: 'head', seat: 'head', probes: ['network', 'storage', 'management'] },
    { name: 'tenant1', seat: 'tenant', probes: ['storage'] },
  ],
  objectives: [],
  tolerance: { floor_ms: 10, hold_s: 3, limit_s: 60 },
  hungTaskTimeout_s: 10,
});
const of = (t: number, entry: object, name = 't1'): HistoryRecord => ({ t, trial: name, ...entry }) as HistoryRecord;
const event = (severity: string, title: string) => ({
  k: 'event',
  machine: 'head',
  event: { id: 1, kind: 'bug', class: 'crash', severity, title, line: 1, endLine: 1, byteOffset: 0, report: [] },
});

const RECORDS: HistoryRecord[] = [
  trial(1, 't1'),
  of(1, { k: 'phase', phase: 'boot', state: 'begin' }),
  of(5, event('info', 'Linux version 6.1')),
  of(6, { k: 'armed', machine: 'head', check: 'kmsg', ok: false, detail: 'nothing came back' }),
  of(62, { k: 'phase', phase: 'storm', state: 'begin' }),
  of(62.1, { k: 'action', what: 'fault', name: 'link-cut', on: 'store', state: 'begin' }),
  of(63, { k: 'sample', probe: 'network', machine: 'head', ms: 0.42 }),
  of(63, { k: 'sample', probe: 'storage', machine: 'tenant1', ms: 12 }),
  of(64, { k: 'sample', probe: 'storage', machine: 'tenant1', ms: null }),
  of(64.5, event('fatal', 'kernel BUG in x\u001b[2J')),
  of(70, { k: 'action', what: 'fault', name: 'link-cut', on: 'store', state: 'end' }),
  of(75, { k: 'data', machine: 'tenant1', acknowledged: 50, verified: 50, lost: 1, corrupt: 0, stale: 0, detail: '' }),
  of(76, { k: 'fsck', machine: 'tenant1', fileSystem: 'ext4', verdict: 'clean', detail: '' }),
  of(77, { k: 'fsck', machine: 'tenant2', fileSystem: 'xfs', verdict: 'damaged', detail: 'xfs_repair: bad magic' }),
  of(78, { k: 'fsck', machine: 'tenant3', fileSystem: 'btrfs', verdict: 'unknown', detail: 'it could not be unmounted' }),
  of(80, { k: 'phase', phase: 'release', state: 'end' }),
];

function show(ui: Ui, screen: Screen, until = RECORDS.length): string {
  const progress = createProgress(ui, { stdout: screen as never, total: 3, monotonic_s: () => 0 });
  progress.note('building the guest image');
  progress.expect('t1', 90);
  for (const record of RECORDS.slice(0, until)) progress.record(record);
  progress.close();
  progress.close();
  return screen.text;
}

describe('progress', () => {
  it('is plain lines where nobody can rewrite them', () => {
    expect(show('plain', new Screen(80, false)).split('\n')).toEqual([
      'building the guest image',
      'trial 1/3 t1 deb:linux-image-cloud-amd64',
      '  0:01  boot',
      '  0:06  head: not armed: kmsg: nothing came back',
      '  1:02  storm',
      '  1:02  fault link-cut on store begins',
      '  1:04  head: kernel BUG in x?[2J (crash)',
      '  1:10  fault link-cut on store ended',
      '  1:15  tenant1: 1 lost of 50 acknowledged writes',
      '  1:16  tenant1: its ext4 is clean',
      '  1:17  tenant2: its xfs is damaged: xfs_repair: bad magic',
      '  1:18  tenant3: its btrfs is clean or damaged, nobody can tell: it could not be unmounted',
      '  1:20  UNKNOWN t1: it had no objective, so nothing was proven',
      '',
    ]);
  });

  it('tells what follows from an event once, until something else is done', () => {
    const screen = new Screen(80, false);
    const progress = createProgress('plain', { stdout: screen as never, total: 1, monotonic_s: () => 0 });
    const follows = { ...event('error', 'Buffer I/O error'), event: { ...event('error', 'Buffer I/O error').event, consequenceOf: 1 } };
    const fault = (state: string) => ({ k: 'action', what: 'fault', name: 'link-cut', on: 'store', state });
    const entries = [event('error', 'I/O error'), follows, follows, event('error', 'I/O error'), fault('end'), follows];
    for (const [index, entry] of entries.entries()) progress.record(of(index, entry));
    progress.close();
    const told = screen.text.split('\n').filter((line) => line.includes('Buffer I/O error'));
    expect(told.map((line) => line.slice(0, 6).trim())).toEqual(['0:01', '0:05']);
    expect(screen.text.match(/head: I\/O error/g)).toHaveLength(2);
  });

  it('says of a trial that passed by waivers that it did, of each trial of the run', () => {
    const screen = new Screen(80, false);
    const progress = createProgress('plain', { stdout: screen as never, total: 2, monotonic_s: () => 0 });
    for (const record of [waiver(), ...sound([waivedEvent()], { name: 't1' }), ...sound([waivedEvent()], { name: 't2' })])
      progress.record(HistoryRecord.parse(record));
    progress.close();
    expect(screen.text.match(/PASS.*/g)).toEqual(['PASS t1, with 1 waiver', 'PASS t2, with 1 waiver']);
  });

  it.each<Ui>(['quiet', 'json'])('is nothing at all for %s', (ui) => {
    expect(show(ui, new Screen(80))).toBe('');
  });

  it.each([40, 80, 160])('fits a terminal of %i columns, lets events scroll above, and gives the cursor back', (columns) => {
    const screen = new Screen(columns);
    const text = show('live', screen, 11);
    for (const line of stripVTControlCharacters(text).split('\n')) expect(cells(line)).toBeLessThan(columns);
    expect(text).toContain('\u001b[?25l');
    expect(text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(text.lastIndexOf('\u001b[?25l'));
    expect(text).toContain('kernel BUG in x?[2J');
  });
});

describe('the live lines', () => {
  const view = RECORDS.slice(0, 10).reduce(advance, BLANK);

  it('tell trial, phase, actions and what each probe last said', () => {
    expect(draw(view, { width: 100, total: 3, now: 64, expected_s: 90 })).toEqual([
      'trial 1/3  t1  1:03, about 0:27 left',
      'storm 0:02  fault link-cut on store',
      '  head     network 0.4 ms  storage -  management -',
      '  tenant1  storage silent 1.0 s',
    ]);
  });

  it('shorten at 40 columns, and say when it takes longer', () => {
    const narrow = draw(view, { width: 40, total: 3, now: 200, expected_s: 90 });
    expect(narrow.slice(0, 2)).toEqual(['trial 1/3  t1', '  3:19, longer than expected']);
    expect(narrow.at(-1)).toBe('  tenant1  sto !137.0s');
    for (const line of narrow) expect(cells(line)).toBeLessThanOrEqual(40);
  });

  it('are none before the first trial', () => {
    expect(draw(BLANK, { width: 80, total: 3, now: 5, expected_s: undefined })).toEqual([]);
  });

  it('count time', () => {
    expect([0, 59.9, 60, 3661].map(clock)).toEqual(['0:00', '0:59', '1:00', '1:01:01']);
  });
});
