/** For tests that boot machines of the lab without a whole trial around them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveCandidate } from '../candidate/index.ts';
import type { Site, Topology } from '../target.ts';
import { lab } from './lab.ts';

let sites = 0;

/** A site, on Debian's cloud kernel unless another is asked for; everything of it is gone when it is disposed. */
export async function openLab(
  topology: Topology,
  more: { append?: readonly string[]; kernel?: string } = {},
): Promise<Site & { readonly dir: string; readonly faults: Error[] }> {
  const { signal } = new AbortController();
  const candidate = await resolveCandidate(more.kernel ?? 'deb:linux-image-cloud-amd64', { note: () => undefined, signal, refresh: true });
  const dir = mkdtempSync(join(tmpdir(), 'sp-lab-'));
  const faults: Error[] = [];
  sites += 1;
  const site = await lab.open(topology, {
    candidate,
    run: `test-${process.pid}-${sites}`,
    runtimeDir: join(dir, 'run'),
    consoleDir: dir,
    prefix: '',
    limit_s: 300,
    append: more.append ?? [],
    signal,
    note: () => undefined,
    fault: (error) => faults.push(error),
    contended: () => undefined,
  });
  return {
    ...site,
    dir,
    faults,
    [Symbol.asyncDispose]: async () => {
      await site[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
