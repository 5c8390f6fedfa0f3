/** The command line of `scan`; what it does stands in scan.ts. */
import { type Command, type Outcome, text, texts } from './command.ts';

const OUTCOMES: Readonly<Record<0 | 1 | 125, Outcome>> = { 0: 'pass', 1: 'fail', 125: 'unknown' };

export const scan: Command = {
  name: 'scan',
  operands: '<file..>',
  summary: 'find crashes, hangs and other events in console logs ("-" is standard input)',
  options: { format: { value: 'FORMAT', choices: ['text', 'jsonl'], describe: 'text or jsonl (default text)' } },
  examples: [
    ['scan console.log', 'exit 1 when it holds a crash or hang'],
    ['scan /var/log/consoles', 'every log below a directory; .gz, .xz and .zst are unpacked'],
    ['dmesg | stormproof scan --format jsonl -', 'one JSON object per event'],
  ],
  exits:
    '0 neither a crash nor a hang; 1 a crash or hang; 2 wrong usage or a file that cannot be read; 125 a log without a line of a kernel',
  async run(args, { stdin, stdout, stderr }) {
    const { scanFiles } = await import('./scan.ts');
    const format = text(args, 'format') === 'jsonl' ? 'jsonl' : 'text';
    return OUTCOMES[await scanFiles(texts(args, 'file'), { format, stdin, stdout, stderr })];
  },
};
