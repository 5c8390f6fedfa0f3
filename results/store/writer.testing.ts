/**
 * For tests: a process that puts runs into a store, one after the other. `node writer.testing.ts PLACE FROM COUNT [DIE]` says `ready` when the store is
 * open and `opened` was said to it, then a line for each run: its number and what became of it. With DIE it ends itself by SIGKILL right before the
 * first statement that has this text in it.
 */
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { explain } from '../errors.ts';
import { placeOf } from './place.ts';
import { sampleRun, sampleTrial } from './run.sample.ts';
import { Store } from './store.ts';

const [said = '', from = '0', count = '1', die] = process.argv.slice(2);
const place = placeOf(said, undefined);
if (place.kind === 'none') throw new Error('no place');
/** More than SQLite's cache holds: what is not committed is in the file already when it dies. */
const LARGE = 4000;

function dieAt(sql: string): void {
  if (die !== undefined && sql.includes(die)) process.kill(process.pid, 'SIGKILL');
}
const { prepare } = DatabaseSync.prototype;
DatabaseSync.prototype.prepare = function (sql) {
  dieAt(sql);
  return prepare.call(this, sql);
};
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (this: pg.Client, ...args: Parameters<typeof query>) {
  const [first] = args as unknown as [string | { text: string }];
  dieAt(typeof first === 'string' ? first : first.text);
  return query.apply(this, args);
} as typeof query;

const event = { machine: 'head', kind: 'warning', class: 'memory', t: 1, count: 1 } as const;
const events = Array.from({ length: LARGE }, (_, index) => ({ ...event, title: `${index} ${'WARNING in foo '.repeat(60)}` }));

process.stdout.write('ready\n');
await once(process.stdin, 'data'); // so that several begin at the same time
await using store = await Store.open(place);
for (let night = Number(from); night < Number(from) + Number(count); night += 1) {
  const run = sampleRun(night);
  const whole = die === undefined ? run : { ...run, trials: [...run.trials, sampleTrial(night, 4, { events })] };
  const outcome = await store.add(whole).catch((error: unknown) => `refused: ${explain(error)}`);
  process.stdout.write(`${run.id} ${outcome}\n`);
}
process.stdin.destroy();
