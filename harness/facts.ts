/** What took part in a run: versions of programs, and the machine that it ran on. */
import { readFileSync } from 'node:fs';
import { cpus, hostname, release, totalmem } from 'node:os';
import { execa } from 'execa';
import packageJson from '../package.json' with { type: 'json' };

/** How each program says its version. */
const VERSION_ARGV = {
  qemu: ['qemu-system-x86_64', '--version'],
  nbdkit: ['nbdkit', '--version'],
  trafgen: ['trafgen', '--version'],
  ping: ['ping', '-V'],
  iproute2: ['ip', '-V'],
} as const;
const LIMIT_MS = 10_000;

/** Versions by name; a program that does not tell is `unknown`. */
export async function toolVersions(): Promise<Record<string, string>> {
  const asked = Object.entries(VERSION_ARGV).map(async ([name, [file, ...args]]) => {
    const { all } = await execa(file, args, {
      reject: false,
      all: true,
      timeout: LIMIT_MS,
      env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    return [name, /\d+(\.\d+)+|\d{8}/.exec(all ?? '')?.[0] ?? 'unknown'] as const;
  });
  return { stormproof: packageJson.version, node: process.versions.node, ...Object.fromEntries(await Promise.all(asked)) };
}

/** The machine itself. */
export function hostFacts(): Record<string, string | number> {
  return {
    name: hostname(),
    system: /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown',
    kernel: release(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    memory_MiB: Math.round(totalmem() / 1024 / 1024),
  };
}
