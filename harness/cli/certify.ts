/** `certify`: every suite, then the verdict. */
import type { Command } from './command.ts';
import { RUN_OPTIONS } from './request.ts';
import { runAndSummarise } from './summary.ts';

export const certify: Command = {
  name: 'certify',
  operands: '',
  summary: 'run every suite against a kernel and give the verdict',
  options: {
    ...RUN_OPTIONS,
    sign: {
      value: 'KEY',
      describe: 'write a certificate for each kernel and class, signed with the private key of this file: see keygen, gate',
    },
  },
  examples: [
    ['certify', "Debian's cloud kernel, the quick profile"],
    ['certify --kernel tree:../linux', 'a kernel built here'],
    ['certify --kernel deb:linux-image-amd64 --profile nightly', 'longer and harder'],
    ['certify --class 384G --sign night.key', 'and a certificate beside the record, for stormproof gate'],
    ['certify --kernel tree:. --quiet', 'a step of git bisect run, once it is built; README.md has the whole'],
  ],
  run: (args, io) => runAndSummarise('certify', [], args, io),
};
