/** `run SUITE...`: chosen suites. */
import { type Command, texts } from './command.ts';
import { RUN_OPTIONS } from './request.ts';
import { runAndSummarise } from './summary.ts';

export const run: Command = {
  name: 'run',
  operands: '<suite..>',
  summary: 'run chosen suites, or single cases of them',
  options: RUN_OPTIONS,
  examples: [
    ['run ipv6-flood', 'one suite'],
    ['run ipv6-flood/ext-headers --load 50%', 'one of its cases, at half of line rate'],
    ['run ipv6-flood/udp-66 --search', 'at which load does the host give way?'],
    ['run ipv6-flood/mixed --tweaks starting-set', 'and which settings help?'],
    ['run storage-cutoff/power-cut --outages 1,5,15', 'the host of the tails loses power, three times'],
    ['run storage-cutoff/cut/kernel --search', 'how long may an outage be?'],
    ['run io-storm/randwrite-64/groups --policies scheduler', 'which I/O scheduler protects the neighbours?'],
    ['run io-storm --append mitigations=off', 'with a kernel parameter'],
  ],
  run: (args, io) => runAndSummarise('run', texts(args, 'suite'), args, io),
};
