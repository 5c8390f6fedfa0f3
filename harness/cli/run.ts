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
    ['run storage-cutoff --profile nightly', 'with longer outages, and several'],
    ['run io-storm --append mitigations=off', 'with a kernel parameter'],
  ],
  run: (args, io) => runAndSummarise('run', texts(args, 'suite'), args, io),
};
