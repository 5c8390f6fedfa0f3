/**
 * `npm run capture -- [--kernel KERNEL]... [NAME...]`: boots a lab machine for each provocation, provokes it, and writes its console to
 * `fixtures/<kernel release>/<name>.log`. What the kernel must have said there stands in `fixtures.test.ts`, written by whoever has read it.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { explain, Interrupted, UsageError } from '../../../results/errors.ts';
import { resolveCandidate } from '../../../targets/candidate/index.ts';
import { buildModule } from '../../kernel-module.ts';
import { newRuntimeDir, settle, takeLease } from '../../lease.ts';
import { capture } from './capture.ts';
import { PROVOCATIONS, type Provocation } from './provocations.ts';

/** The kernel module that does wrong on request. */
const PROVOKE = { dir: join(import.meta.dirname, 'module'), name: 'provoke' } as const;
const FIXTURES = join(import.meta.dirname, '../fixtures');
const KERNEL = 'deb:linux-image-cloud-amd64';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const ALL: Readonly<Record<string, Provocation>> = PROVOCATIONS;

async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { kernel: { type: 'string', multiple: true, default: [KERNEL] } },
    allowPositionals: true,
  });
  const unknown = positionals.find((name) => !Object.hasOwn(ALL, name));
  if (unknown !== undefined) throw new UsageError(`no provocation "${unknown}": ${Object.keys(ALL).join(', ')}`);
  const names = positionals.length > 0 ? positionals : Object.keys(ALL);
  const run = `capture-${randomBytes(3).toString('hex')}`;
  const runtimeDir = newRuntimeDir(run);
  takeLease(run, runtimeDir);
  let failed = 0;
  try {
    for (const kernel of values.kernel) {
      const candidate = await resolveCandidate(kernel, { note, signal, refresh: true });
      let module: Promise<Buffer> | undefined;
      const dir = join(FIXTURES, candidate.release);
      mkdirSync(dir, { recursive: true });
      for (const [index, name] of names.entries()) {
        const how = ALL[name] as Provocation;
        if (how.config !== undefined && candidate.config.get(`CONFIG_${how.config}`) !== 'y') {
          note(`${candidate.release} ${name}: passed over, this kernel has no CONFIG_${how.config}`);
          continue;
        }
        const options = {
          candidate,
          run,
          runtimeDir: join(runtimeDir, String(index)),
          module: () => (module ??= buildModule(PROVOKE, candidate.release, join(runtimeDir, `module-${candidate.release}`), signal)),
          signal,
          note,
        };
        try {
          const text = await capture(name, how, options);
          writeFileSync(join(dir, `${name}.log`), text, 'latin1');
          note(`${candidate.release} ${name}: ${text.length} bytes`);
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof UsageError) throw error;
          failed += 1;
          note(`${candidate.release} ${name}: ${explain(error)}`);
        } finally {
          rmSync(options.runtimeDir, { recursive: true, force: true });
        }
      }
    }
  } finally {
    await settle(run, runtimeDir);
  }
  return failed === 0 ? 0 : 1;
}

function note(text: string): void {
  console.error(text);
}

const abort = new AbortController();
for (const signal of SIGNALS) process.on(signal, () => abort.abort(new Interrupted(`interrupted by ${signal}`)));
process.exitCode = await main(process.argv.slice(2), abort.signal).catch((error: unknown) => {
  note(`capture: ${explain(error)}`);
  return error instanceof Interrupted ? 130 : 2;
});
