/** `report RUN`: every report of a run again, from its directory alone. */
import { FORMAT_NAMES, FORMATS, type Format } from '../../results/report/index.ts';
import { type Command, text, texts } from './command.ts';

const usual = FORMAT_NAMES.filter((name) => FORMATS[name].usual);

const width = Math.max(...FORMAT_NAMES.map((name) => name.length));

export const report: Command = {
  name: 'report',
  operands: '<run>',
  summary: 'make the reports of a run again, judged from its history',
  notes: ['Formats:', ...Object.entries<Format>(FORMATS).map(([name, { file, reader }]) => `  ${name.padEnd(width)}  ${file}: ${reader}`)],
  options: {
    format: {
      value: 'FORMATS',
      many: true,
      describe: `comma-separated, or all (default ${usual.join(',')})`,
    },
    out: { value: 'PATH', describe: 'a file for one report, a directory for several, "-" for standard output' },
  },
  examples: [
    ['report results/runs/20260101T020000Z-nightly', 'what the run left at its end, into its directory'],
    ['report --format github RUN', 'one alone: to standard output, here as annotations of a GitHub step'],
    ['report --format junit --out junit.xml RUN', 'or into a file'],
    ['report --format all --out reports RUN', 'all there are, into a directory'],
  ],
  exits: '0 written, whatever the verdict; 2 wrong usage or no run; 125 cannot be written',
  async run(args, io) {
    const { writeReports } = await import('../reports.ts');
    await writeReports({ dir: text(args, 'run') ?? '', formats: texts(args, 'format'), out: text(args, 'out') }, io);
    return 'done';
  },
};
