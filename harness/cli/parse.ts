/** The command line, from the table of commands. Every mistake is a UsageError of one line with the nearest name. */
import { readFileSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { UsageError } from '../../results/errors.ts';
import { wrap } from '../../results/report/cells.ts';
import { nearest, suggestion } from '../nearest.ts';
import type { Args, Command, Io, Outcome } from './command.ts';

/** Loaded when it is said, or when all are to be explained: most starts take half the time. */
export const COMMANDS = {
  certify: async () => (await import('./certify.ts')).certify,
  run: async () => (await import('./run.ts')).run,
  list: async () => (await import('./list.ts')).list,
  doctor: async () => (await import('./doctor.ts')).doctor,
  scan: async () => (await import('./scan-command.ts')).scan,
  judge: async () => (await import('./judge.ts')).judge,
  report: async () => (await import('./report.ts')).report,
  compare: async () => (await import('./compare.ts')).compare,
  history: async () => (await import('./history.ts')).history,
  serve: async () => (await import('./serve.ts')).serve,
  gate: async () => (await import('./gate.ts')).gate,
  keygen: async () => (await import('./keygen.ts')).keygen,
  clean: async () => (await import('./clean.ts')).clean,
} as const satisfies Record<string, () => Promise<Command>>;

const EXIT_CODES = '0 pass, 1 fail, 2 wrong usage or config, 125 no verdict (infrastructure, unknown, skip), 130 interrupted';
const PROGRAM: Pick<Command, 'examples' | 'exits'> = {
  examples: [
    ['certify', "Debian's cloud kernel, the quick profile"],
    ['doctor --fix', 'make this machine ready'],
  ],
  exits: `${EXIT_CODES}; where a command has others, its own --help tells them`,
};
const GLOBAL = ['help', 'version'];
const HELP_WIDTH = 100;

/** Finds the command in `io.argv`, checks what was said to it, and runs it. `done` after `--help` and `--version`. */
export async function dispatch(io: Io): Promise<Outcome> {
  const said = io.argv[0];
  const names = Object.keys(COMMANDS);
  if (said === undefined) throw new UsageError(`say what to do: ${names.join(', ')}; stormproof --help explains`);
  if (!said.startsWith('-') && !names.includes(said)) throw new UsageError(`unknown command "${said}"${suggestion(said, names)}`);
  const command = await COMMANDS[said as keyof typeof COMMANDS]?.();
  if (command !== undefined) refuseValuesOfSwitches(command, io.argv);
  let outcome: Outcome = 'done';
  const all = said === '--version' ? [] : Object.values(COMMANDS);
  const known = command === undefined ? await Promise.all(all.map((load) => load())) : [command];
  const parser = known.reduce<Argv>(
    (built, each) =>
      built.command(
        `${each.name} ${each.operands}`.trim(),
        each.summary,
        (its) => describeOptions(its, each),
        async (args) => {
          outcome = await each.run(unguarded(args), io);
        },
      ),
    base(io, command),
  );
  await parser.parseAsync(guarded(io.argv), {}, (_error, { help }, output) => {
    if (output !== '') io.stdout.write(`${output}\n${help === true ? ending(command ?? PROGRAM, widthOf(io)) : ''}`);
  });
  return outcome;
}

const widthOf = ({ stdout }: Io): number => Math.min(HELP_WIDTH, stdout.columns ?? HELP_WIDTH);

function base(io: Io, command: Command | undefined): Argv {
  return yargs()
    .scriptName('stormproof')
    .usage('$0 COMMAND\n\nProves, or refuses to prove, that a large virtualisation host can be trusted with a Linux kernel.')
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'boolean-negation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .locale('en')
    .wrap(widthOf(io))
    .version(packageVersion())
    .help()
    .alias('help', 'h')
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      // yargs reports some mistakes of the person as errors of its own, named YError
      if (error !== undefined && error !== null && error.name !== 'YError') throw error;
      throw new UsageError(reworded(message ?? error?.message ?? 'wrong usage', command, io.argv));
    });
}

function describeOptions(parser: Argv, command: Command): Argv {
  for (const [name, option] of Object.entries(command.options))
    parser.option(name, {
      describe: option.value === undefined ? option.describe : `${option.value}: ${option.describe}`,
      type: option.value === undefined ? 'boolean' : 'string',
      ...(option.value === undefined ? {} : { requiresArg: true }),
      ...(option.choices === undefined ? {} : { choices: option.choices }),
    });
  return parser.epilogue((command.notes ?? []).join('\n')).usage(`$0 ${command.name} ${command.operands}\n\n${command.summary}`);
}

/** The end of a help, by our own hand: yargs would break commands at the edge of a column, where nobody can read or copy them. */
function ending({ examples, exits = EXIT_CODES }: Pick<Command, 'examples' | 'exits'>, width: number): string {
  const lines = examples.flatMap(([line, meaning]) => [`  # ${meaning}`, `  ${line.includes('stormproof') ? line : `stormproof ${line}`}`]);
  return `\n${['Examples:', ...lines, '', ...wrap(`Exit codes: ${exits}.`, width)].join('\n')}\n`;
}

/** No word of a command line can begin with this: argv ends at NUL. */
const GUARD = '\0';

/** yargs loses an operand `-`, and everything after `--`: both are dressed up as plain words on the way in. */
function guarded(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const before = end < 0 ? argv : argv.slice(0, end);
  const after = end < 0 ? [] : argv.slice(end + 1);
  return [...before.map((word) => (word === '-' ? GUARD + word : word)), ...after.map((word) => GUARD + word)];
}

function unguarded(args: Args): Args {
  const plain = (value: unknown): unknown => (typeof value === 'string' && value.startsWith(GUARD) ? value.slice(GUARD.length) : value);
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, Array.isArray(value) ? value.map(plain) : plain(value)]));
}

/** yargs would take `--quiet=please` for a "no". */
function refuseValuesOfSwitches({ options }: Command, argv: readonly string[]): void {
  for (const word of argv) {
    const name = /^--([\w-]+)=/.exec(word)?.[1] ?? '';
    if (options[name] !== undefined && options[name].value === undefined) throw new UsageError(`--${name} takes no value`);
  }
}

/** yargs' words in ours: one line, with what to do. */
function reworded(message: string, command: Command | undefined, argv: readonly string[]): string {
  const help = `stormproof ${command ? `${command.name} ` : ''}--help`;
  const words = message
    .trim()
    .replaceAll(GUARD, '')
    .replaceAll(/\s*\n\s*/g, ' ');
  const unknown = /^Unknown (?:arguments?|commands?): (.*)$/.exec(words)?.[1]?.split(', ')[0];
  if (unknown !== undefined) return unknownWord(unknown, command, argv, help);
  if (words.startsWith('Not enough non-option arguments'))
    return `${command?.name} needs ${command?.operands.replaceAll(/[<>.]/g, '').toUpperCase()}; ${help} explains`;
  const choice = /^Invalid values: Argument: (\S+), Given: "(.*)", Choices: (.*)$/.exec(words);
  if (choice !== null) return `--${choice[1]} is one of ${choice[3]}, not "${choice[2]}"`;
  const valueless = /^Not enough arguments following: (.*)$/.exec(words)?.[1];
  return valueless === undefined ? words : `--${valueless} needs a value`;
}

function unknownWord(word: string, command: Command | undefined, argv: readonly string[], help: string): string {
  const option = argv.some((each) => each === `--${word}` || each.startsWith(`--${word}=`) || (/^-[^-]/.test(each) && each.includes(word)));
  if (!option) return `${command?.name ?? 'stormproof'} does not take "${word}"; ${help} explains`;
  const dashes = word.length === 1 ? '-' : '--';
  const near = nearest(word, [...Object.keys(command?.options ?? {}), ...GLOBAL]);
  return `unknown option "${dashes}${word}"${near === undefined ? `; ${help} lists them` : `, did you mean "--${near}"?`}`;
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
