/** `clean`: removes what an interrupted run left behind. */
import { explain, InfraError } from '../../results/errors.ts';
import type { Command } from './command.ts';

export const clean: Command = {
  name: 'clean',
  operands: '',
  summary: 'remove whatever an interrupted run left behind',
  options: {},
  examples: [['clean', 'runs that are still going on are left alone']],
  exits: '0 whatever was left behind is gone; 2 wrong usage; 125 something could not be removed',
  async run(_args, { stdout }) {
    const { leases, settle } = await import('../lease.ts');
    const all = leases();
    const left = all.filter(({ alive }) => !alive);
    const stuck: string[] = [];
    for (const { run, runtimeDir, damaged } of left) {
      try {
        const removed = await settle(run, runtimeDir);
        const what = removed.length === 0 ? 'nothing was left but its undo record' : `removed ${removed.join(', ')}`;
        stdout.write(`${run}: ${what}${damaged === undefined ? '' : ` (its undo record was damaged: ${damaged})`}\n`);
      } catch (error) {
        stuck.push(`${run}: ${explain(error)}`); // told at the end: the others must go all the same
      }
    }
    if (left.length === 0) stdout.write('nothing was left behind\n');
    for (const { run } of all.filter(({ alive }) => alive)) stdout.write(`${run}: still going on, left alone\n`);
    if (stuck.length > 0) throw new InfraError(`could not be removed: ${stuck.join('; ')}`);
    return 'done';
  },
};
