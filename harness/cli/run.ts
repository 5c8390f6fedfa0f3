/** `run SUITE...`: chosen suites. */
import { type Command, texts } from './command.ts';
import { RUN_OPTIONS } from './request.ts';
import { runAndSummarise } from './summary.ts';

export const run: Command = {
  name: 'run',
  operands: '<suite..>',
  summary: 'run chosen suites',
  options: RUN_OPTIONS,
  examples: [
    ['run ipv6-flood', 'one suite'],
    ['run storage-cutoff --profile nightly', 'with longer outages, and several'],
    ['run io-storm --append mitigations=off', 'with a kernel parameter'],
  ],
  run: (args, io) => runAndSummarise('run', texts(args, 'suite'), args, io),
};
