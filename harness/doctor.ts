/** What this machine can do, what it lacks, and how to mend that. */
import { InfraError, UsageError } from '../results/errors.ts';
import { examineCapabilities } from './doctor/capabilities.ts';
import { type System, thisSystem } from './doctor/system.ts';
import { installArgv, isDebian, PROGRAMS, packagesOf, type Requirement } from './requirements.ts';

export interface Finding {
  readonly name: string;
  readonly need: Requirement['need'];
  readonly ok: boolean;
  /** its version, or what is wrong and what that means */
  readonly detail: string;
}

const VERSION_LIMIT_S = 10;
const UPDATE_LIMIT_S = 300;
const INSTALL_LIMIT_S = 1200;

/** The programs of the table that are not here, among these those that only tests need where `tests` is said. */
export function missingPrograms(system: System = thisSystem, tests = false): Requirement[] {
  return wantedPrograms(tests).filter((requirement) => pathOf(requirement, system) === undefined);
}

const wantedPrograms = (tests: boolean): readonly Requirement[] => PROGRAMS.filter(({ need }) => tests || need !== 'tests');

function pathOf({ program, file }: Requirement, system: System): string | undefined {
  if (file === undefined) return system.find(program);
  return system.exists(file) ? file : undefined;
}

/** Looks at everything, `tests` as above. Bounded: nothing that is asked for its version may keep us. */
export async function examine(system: System = thisSystem, tests = false): Promise<Finding[]> {
  const programs = wantedPrograms(tests).map(async (requirement): Promise<Finding> => {
    const { program, debian, purpose, need, version } = requirement;
    const path = pathOf(requirement, system);
    if (path === undefined) return { name: program, need, ok: false, detail: `missing: ${purpose} (package ${debian})` };
    if (version === undefined) return { name: program, need, ok: true, detail: path };
    const said = await system.run([path, version], VERSION_LIMIT_S);
    return { name: program, need, ok: true, detail: versionIn(said.output) ?? path };
  });
  return [...(await Promise.all(programs)), ...(await examineCapabilities(system))];
}

/** `QEMU emulator version 7.2.22 (Debian …)` -> `7.2.22`; what dates its releases gives the date. */
function versionIn(output: string): string | undefined {
  return /\d+(?:\.\d+)+[\w.+~-]*/.exec(output)?.[0] ?? /(?:iproute2-|iputils )(\S+?),?\s/.exec(`${output} `)?.[1];
}

/** The findings as a table, and the command that mends them. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const mark = ({ ok, need }: Finding) => (ok ? 'ok' : need === 'required' ? 'MISSING' : 'no');
  const lines = findings.map((finding) => `${mark(finding).padEnd(8)}${finding.name.padEnd(width)}  ${finding.detail}`);
  const packages = packagesOf(PROGRAMS.filter(({ program }) => findings.some(({ name, ok }) => name === program && !ok)));
  if (packages.length > 0) lines.push('', `To install what is missing: stormproof doctor --fix, or ${installArgv(packages).join(' ')}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Makes sure that every required program is here, where `install` allows it by installing packages (root on Debian or Ubuntu).
 * Throws UsageError with the exact command where it may not or cannot, InfraError where installing failed or the machine itself lacks something.
 */
export async function ensureRequirements(
  options: {
    readonly install: boolean;
    /** what is optional too: all of it, or these programs */
    readonly optional?: true | readonly string[];
    /** and what only tests need */
    readonly tests?: boolean;
    readonly note: (text: string) => void;
    /** ends the wait for a package; its reason is then thrown */
    readonly signal?: AbortSignal;
  },
  system: System = thisSystem,
): Promise<void> {
  const wanted = missingPrograms(system, options.tests).filter(
    ({ need, program }) => need === 'required' || options.optional === true || options.optional?.includes(program),
  );
  if (wanted.length > 0) await install(wanted, options, system);
  const lacking = (await examineCapabilities(system)).filter(({ need, ok }) => need === 'required' && !ok);
  if (lacking.length > 0)
    throw new InfraError(`this machine cannot run the lab: ${lacking.map(({ name, detail }) => `${name}: ${detail}`).join('; ')}`);
}

async function install(
  wanted: readonly Requirement[],
  { install: may, note, signal }: { install: boolean; note: (text: string) => void; signal?: AbortSignal },
  system: System,
): Promise<void> {
  const argv = installArgv(packagesOf(wanted));
  const names = wanted.map(({ program }) => program).join(', ');
  const debian = isDebian(system.osRelease());
  if (!may || system.uid !== 0 || !debian) {
    const how = debian
      ? `${system.uid === 0 ? '' : 'sudo '}${argv.join(' ')}`
      : `install the packages that bring them here (on Debian: ${argv.join(' ')})`;
    throw new UsageError(`missing here: ${names}; ${how}`);
  }
  const update = async (): Promise<void> => {
    note('apt-get update');
    await system.run(['apt-get', 'update'], UPDATE_LIMIT_S, signal);
    signal?.throwIfAborted();
  };
  const fresh = !system.hasPackageLists();
  if (fresh) await update();
  note(argv.join(' '));
  let done = await system.run(argv, INSTALL_LIMIT_S, signal);
  signal?.throwIfAborted();
  if (!done.ok && !fresh) {
    // Lists that are older than the archive name packages that are gone.
    await update();
    done = await system.run(argv, INSTALL_LIMIT_S, signal);
    signal?.throwIfAborted();
  }
  const left = wanted.filter((requirement) => pathOf(requirement, system) === undefined);
  if (!done.ok || left.length > 0) {
    const words = done.output.trim().split('\n').slice(-3).join(' ');
    throw new InfraError(
      `${argv.join(' ')} failed${left.length > 0 ? ` (still missing: ${left.map(({ program }) => program).join(', ')})` : ''}: ${words}`,
    );
  }
}
