/** `gate CERTIFICATE --trust KEY.pub`: whether a certificate is good enough to go on. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Demands, Gated, KernelDemand } from '../../results/certificate/gate.ts';
import { UsageError, whyUnread } from '../../results/errors.ts';
import { type Args, type Command, flag, type Io, lookOf, text, texts } from './command.ts';

const UNITS_S = { m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

export const gate: Command = {
  name: 'gate',
  operands: '<certificate>',
  summary: 'pass only with a certificate that is signed, fits, is recent enough and has its evidence beside it',
  options: {
    trust: { value: 'KEY.pub', many: true, describe: 'a public key that counts; it must be signed with one of them' },
    kernel: { value: 'K', many: true, describe: 'it must be of this kernel: a file (its image, its .deb), a release, or sha256:DIGEST' },
    class: { value: 'NAME', describe: 'and of this class of host' },
    'max-age': { value: 'AGE', describe: 'the run may have ended so long ago: 90m, 12h, 30d, 4w' },
    'require-scope': { value: 'SCOPE', choices: ['lab', 'metal'], describe: 'where it must have been tried' },
    'require-profile': { value: 'NAME', describe: 'the profile that it must have been tried with' },
    evidence: { value: 'DIR', describe: "the run's directory (default: the one that the certificate lies in)" },
    json: { describe: 'as one JSON object: verdict, refused (each with check and why), and what was signed' },
  },
  examples: [
    ['gate results/runs/20260101T020000Z-nightly/certificate.json --trust night.key.pub', 'whether it holds, and if not, why'],
    [
      'gate certificate.json --trust a.pub --trust b.pub --kernel /boot/vmlinuz-6.1.0-56-cloud-amd64 --class 768G --max-age 30d',
      'of this very kernel',
    ],
    ["gate certificate.json --trust a.pub --json | jq -r '.refused[].check'", 'what it lacks'],
  ],
  exits: '0 the certificate holds; 1 it does not, and why is told; 2 wrong usage, or a certificate or key that cannot be read',
  async run(args, io) {
    const { gate: hold } = await import('../../results/certificate/gate.ts');
    const path = text(args, 'certificate') ?? '';
    const { certificate, beside } = await read(path);
    const evidence = text(args, 'evidence') ?? beside;
    if (!statSync(evidence, { throwIfNoEntry: false })?.isDirectory())
      throw new UsageError(`--evidence ${evidence}: there is no such directory`);
    const gated = await hold(certificate, evidence, await demandsOf(args), new Date());
    await print(path, gated, flag(args, 'json'), io);
    return gated.refusals.length === 0 ? 'pass' : 'fail';
  },
};

async function demandsOf(args: Args): Promise<Demands> {
  const { readTrusted } = await import('../../results/certificate/keys.ts');
  const keys = texts(args, 'trust');
  if (keys.length === 0) throw new UsageError('gate needs --trust KEY.pub: whose certificates count');
  const [size, profile, scope, age] = ['class', 'require-profile', 'require-scope', 'max-age'].map((name) => text(args, name));
  return {
    trusted: keys.map((key) => readTrusted(key, `--trust ${key}`)),
    kernels: await Promise.all(texts(args, 'kernel').map(kernelDemand)),
    ...(size === undefined ? {} : { class: size }),
    ...(profile === undefined ? {} : { profile }),
    ...(scope === undefined ? {} : { scope }),
    ...(age === undefined ? {} : { maxAge_s: seconds(age) }),
  };
}

/** A word with a slash in it, or that is a file here, is a file; else it is a release. Throws UsageError. */
async function kernelDemand(asked: string): Promise<KernelDemand> {
  const sha256 = /^sha256:(.*)$/.exec(asked)?.[1];
  if (sha256 !== undefined) {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new UsageError(`--kernel ${asked}: a sha256 has 64 of 0-9 and a-f`);
    return { asked, sha256 };
  }
  if (!asked.includes('/') && !existsSync(asked)) {
    if (asked === '') throw new UsageError('--kernel needs a value');
    return { asked, release: asked };
  }
  if (!statSync(asked, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`--kernel ${asked}: there is no such file`);
  const { hashFile } = await import('../../targets/candidate/hash.ts');
  try {
    return { asked, sha256: (await hashFile(asked)).sha256 };
  } catch (cause) {
    throw new UsageError(`--kernel ${asked}: ${whyUnread(cause)}`);
  }
}

/** `30d` -> 2592000. Throws UsageError. */
function seconds(age: string): number {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(age) ?? [];
  if (count === undefined || unit === undefined) throw new UsageError(`--max-age ${age}: a whole number of m, h, d or w, as in 30d`);
  return Number(count) * UNITS_S[unit as keyof typeof UNITS_S];
}

/** The bytes, and the directory that they lie in, also where a link leads to them. Throws UsageError. */
async function read(path: string): Promise<{ certificate: Buffer; beside: string }> {
  const { MOST_MIB } = await import('../../results/certificate/envelope.ts');
  try {
    const { size } = statSync(path);
    if (size > MOST_MIB * 2 ** 20) throw new UsageError(`${path}: ${size} bytes are too many for a certificate`);
    return { certificate: readFileSync(path), beside: dirname(realpathSync(path)) };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`${path}: ${whyUnread(cause, 'name its certificate.json')}`);
  }
}

async function print(path: string, { refusals, signed }: Gated, json: boolean, { stdout }: Pick<Io, 'stdout'>): Promise<void> {
  const verdict = refusals.length === 0 ? 'pass' : 'fail';
  if (json) {
    stdout.write(`${JSON.stringify({ verdict, refused: refusals, signed }, null, 2)}\n`);
    return;
  }
  const { renderVerdict } = await import('../../results/report/terminal.ts');
  const { aboutSigned, saidOf } = await import('../../results/certificate/words.ts');
  const about = `${path}${signed === undefined ? '' : `: ${aboutSigned(signed.statement)}`}`;
  const labels = [
    ...(signed === undefined ? [] : saidOf(signed)),
    ...refusals.map(({ check, why }) => ['refused', `${check}: ${why}`] as const),
  ];
  stdout.write(renderVerdict(verdict, about, labels, lookOf(stdout)));
}
