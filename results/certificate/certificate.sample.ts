/** For tests: a run's directory with a certificate in it, and the keys. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seal } from './envelope.ts';
import { digestEvidence } from './evidence.ts';
import { readSigner, readTrusted, type Signer, type TrustedKey, writeKeys } from './keys.ts';
import { type Certified, payloadOf, type Statement, statementOf } from './statement.ts';

export const ENDED = new Date('2026-01-02T05:00:00.000Z');
export const RELEASE = '6.1.0-56-cloud-amd64';
const WAIVED = 'WARNING in tcp_recvmsg_locked';
const sha = (digit: string): string => digit.repeat(64);
export const DIGESTS = { image: sha('1'), modules: sha('2'), package: sha('3'), config: sha('4') } as const;

/** Of a run that passed. */
export const CERTIFIED: Omit<Certified, 'evidence'> = {
  run: {
    schema: 1,
    id: '20260102-030405z-ab12',
    name: 'certify',
    argv: ['certify', '--sign', 'night.key'],
    started: '2026-01-02T03:04:05.678Z',
    finished: ENDED.toISOString(),
    profile: 'nightly',
    departures: [],
    notes: ["the hung-task timeout is 30 s instead of the kernel's default of 120 s"],
    seed: 7,
    target: 'lab',
    scope: { kind: 'lab', emulated: ['processors emulated (tcg)'] },
    candidates: [],
    versions: { stormproof: '0.1.0', node: '24.21.0' },
    host: { cpus: 2, kernel: '6.1.0' },
    verdict: 'pass',
    reasons: [],
    waivers: [{ title: WAIVED, reason: 'fixed in 6.1.200', owner: 'net team', expires: '2096-06-30', expired: false, excused: 2 }],
    trials: [
      {
        name: 'io-storm.randwrite-16',
        suite: 'io-storm',
        case: 'randwrite-16',
        class: '128G',
        seed: 7,
        candidate: RELEASE,
        verdict: 'pass',
        reasons: [],
        objectives: [
          { name: 'no_crash', verdict: 'pass', measured: '0 events', threshold: '', reason: '' },
          { name: 'storage_recovery_s', verdict: 'pass', measured: '4.2 s', threshold: '<= 30 s', reason: '' },
        ],
        recovery: [{ machine: 'head', probe: 'storage', seconds: 4.2, how: 'self' }],
        events: [{ machine: 'head', kind: 'warning', class: 'crash', title: WAIVED, t: 59, count: 2 }],
        waived: [{ machine: 'head', title: WAIVED, count: 2, waiver: 0 }],
        seconds: 89,
      },
    ],
  },
  candidate: {
    asked: 'deb:linux-image-cloud-amd64',
    release: RELEASE,
    version: `${RELEASE} #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2`,
    files: [
      { role: 'package', name: 'linux-image.deb', sha256: DIGESTS.package, bytes: 26_713_492 },
      { role: 'config', name: 'config', sha256: DIGESTS.config, bytes: 123_137 },
      { role: 'image', name: 'vmlinuz', sha256: DIGESTS.image, bytes: 14_186_432 },
      { role: 'modules', name: `lib/modules/${RELEASE}/`, sha256: DIGESTS.modules, bytes: 91_618_819 },
    ],
  },
  parameters: [],
  class: {
    name: '128G',
    summary: 'a host of 128 GiB',
    memory_MiB: 131_072,
    nodes: 2,
    cpus: 2,
    suites: ['io-storm'],
    untried: [],
  },
  certificates: ['certificate.json'],
};

export interface Signed extends Disposable {
  /** the run's directory */
  readonly dir: string;
  /** private key, its public half, and another's public half */
  readonly key: string;
  readonly pub: string;
  readonly strangerPub: string;
  readonly signer: Signer;
  readonly stranger: Signer;
  readonly trusted: readonly TrustedKey[];
  readonly statement: Statement;
  /** a certificate of this, with or without what somebody changed before it was signed */
  certify(statement?: unknown): Buffer;
}

/** Writes a run with some evidence, two keys, and the certificate. */
export async function signedRun(): Promise<Signed> {
  const base = mkdtempSync(join(tmpdir(), 'certificate-'));
  const dir = join(base, 'run');
  mkdirSync(join(dir, 'console'), { recursive: true });
  writeFileSync(join(dir, 'run.json'), '{}\n');
  writeFileSync(join(dir, 'history.jsonl'), '{"t":0}\n');
  writeFileSync(join(dir, 'console', 'io-storm.head.log'), Buffer.alloc(3_000_000, 'a line\n'));
  const [key, other] = [join(base, 'night.key'), join(base, 'other.key')];
  writeKeys(key);
  writeKeys(other);
  const signer = readSigner(key);
  const evidence = await digestEvidence(dir, CERTIFIED.certificates);
  const statement = statementOf({ ...CERTIFIED, evidence });
  const certify = (changed: unknown = statement): Buffer => Buffer.from(seal(payloadOf(changed as Statement), signer));
  writeFileSync(join(dir, 'certificate.json'), certify());
  return {
    dir,
    key,
    pub: `${key}.pub`,
    strangerPub: `${other}.pub`,
    signer,
    stranger: readSigner(other),
    trusted: [readTrusted(`${key}.pub`)],
    statement,
    certify,
    [Symbol.dispose]: () => rmSync(base, { recursive: true }),
  };
}
