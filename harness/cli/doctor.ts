/** `doctor [--fix]`: what this machine can do. */
import { type Command, flag } from './command.ts';

export const doctor: Command = {
  name: 'doctor',
  operands: '',
  summary: 'what this machine can do and what it lacks',
  options: {
    fix: { describe: 'install the missing packages' },
    tests: { describe: 'also what only the tests of stormproof itself need' },
  },
  examples: [
    ['doctor', 'exit 125 when something needed is missing'],
    ['doctor --fix', 'install it (as root, Debian or Ubuntu)'],
  ],
  exits:
    '0 nothing that is needed is missing; 2 wrong usage, or --fix may not install here; 125 something needed is missing or could not be installed',
  async run(args, { stdout }) {
    const { ensureRequirements, examine, renderFindings } = await import('../doctor.ts');
    const tests = flag(args, 'tests');
    if (flag(args, 'fix')) await ensureRequirements({ install: true, optional: true, tests, note: (text) => stdout.write(`${text}\n`) });
    const findings = await examine(undefined, tests);
    stdout.write(renderFindings(findings));
    return findings.some((finding) => finding.need === 'required' && !finding.ok) ? 'unknown' : 'done';
  },
};
