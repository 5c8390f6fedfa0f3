/** Policies of the head's own kernel: an I/O scheduler of the pool's disk, and what control groups are set to. All of it is files. */
import { basename } from 'node:path';
import { InfraError } from '../../results/errors.ts';
import type { Machine, Site } from '../../targets/target.ts';
import { machineOf } from '../faults/fault.ts';
import { CGROUPS_AT, groupOf } from '../storm/tenants.ts';
import type { Policy, PoolParams } from './policy.ts';

type Scheduler = 'none' | 'mq-deadline' | 'kyber' | 'bfq' | 'cfq';
/** Modules that Debian's kernels have them in. */
const MODULES: Readonly<Partial<Record<Scheduler, string>>> = { kyber: 'kyber-iosched', bfq: 'bfq', cfq: 'cfq-iosched' };

/** A control file, what is written to it, and what takes that back; `DEV` is the disk's MAJOR:MINOR. */
interface Write {
  readonly file: string;
  readonly text: string;
  readonly undo: string;
}

interface Setting extends Pick<Policy, 'summary' | 'axis' | 'weights'> {
  readonly scheduler: Scheduler;
  readonly writes?: (pool: PoolParams) => readonly Write[];
}

const LIMIT_S = 30;
const BLOCK_bytes = 4096;
/** What is left to a storm that is capped: half of what the pool carries. */
const CAPPED = 0.5;
/** What a frame's and NBD's own headers take of a link, and a margin: a model that promises more than the disk has controls nothing. */
const USABLE = 0.8;
const WEIGHTS = { stormer: 100, victim: 800 } as const;
/** Latency that io.latency and iocost hold the pool to: some ten requests' time, so that there is something to hold. */
const LATENCY_us = 50_000;

const bytesPerSecond = ({ rate_bps }: PoolParams, share: number): number => Math.round((rate_bps / 8) * share);
const requestsPerSecond = (pool: PoolParams, share: number): number => Math.max(1, Math.round(bytesPerSecond(pool, share) / BLOCK_bytes));

const weighted = (file: string, { stormers, victims }: PoolParams): Write[] =>
  [...stormers.map((name) => ({ name, weight: WEIGHTS.stormer })), ...victims.map((name) => ({ name, weight: WEIGHTS.victim }))].map(
    ({ name, weight }) => ({ file: `${groupOf(name)}/${file}`, text: `default ${weight}`, undo: 'default 100' }),
  );

/** Documentation/admin-guide/cgroup-v2.rst, "IO Interface Files"; Documentation/block/bfq-iosched.rst. */
const SETTINGS = {
  none: { summary: 'no I/O scheduler', axis: 'scheduler', scheduler: 'none' },
  'mq-deadline': { summary: 'scheduler mq-deadline', axis: 'scheduler', scheduler: 'mq-deadline' },
  kyber: { summary: 'scheduler kyber', axis: 'scheduler', scheduler: 'kyber' },
  bfq: { summary: 'scheduler bfq', axis: 'scheduler', scheduler: 'bfq' },
  cfq: { summary: 'scheduler cfq (kernels before 5.0)', axis: 'scheduler', scheduler: 'cfq' },
  'io.max': {
    summary: `storming tenants get at most ${100 * CAPPED} % of the pool (io.max)`,
    axis: 'control',
    scheduler: 'none',
    writes: (pool) =>
      pool.stormers.map((name) => ({
        file: `${groupOf(name)}/io.max`,
        text: `DEV wbps=${bytesPerSecond(pool, CAPPED / pool.stormers.length)} wiops=${requestsPerSecond(pool, CAPPED / pool.stormers.length)}`,
        undo: 'DEV wbps=max wiops=max',
      })),
  },
  'bfq.weight': {
    summary: `bfq, with ${WEIGHTS.victim / WEIGHTS.stormer} times a storming tenant's weight for each of the others`,
    axis: 'control',
    scheduler: 'bfq',
    weights: WEIGHTS,
    writes: (pool) => weighted('io.bfq.weight', pool),
  },
  'io.latency': {
    summary: `steady tenants are promised ${LATENCY_us / 1000} ms (io.latency)`,
    axis: 'control',
    scheduler: 'none',
    writes: ({ victims }) =>
      victims.map((name) => ({ file: `${groupOf(name)}/io.latency`, text: `DEV target=${LATENCY_us}`, undo: 'DEV target=0' })),
  },
  iocost: {
    summary: `iocost with a model of the pool, and ${WEIGHTS.victim / WEIGHTS.stormer} times a storming tenant's weight for each of the others`,
    axis: 'control',
    scheduler: 'none',
    weights: WEIGHTS,
    writes: (pool) => {
      const [bytes, requests] = [bytesPerSecond(pool, USABLE), requestsPerSecond(pool, USABLE)];
      const model = ['r', 'w'].map((way) => `${way}bps=${bytes} ${way}seqiops=${requests} ${way}randiops=${requests}`).join(' ');
      return [
        { file: `${CGROUPS_AT}/io.cost.model`, text: `DEV ctrl=user model=linear ${model}`, undo: 'DEV ctrl=auto' },
        {
          file: `${CGROUPS_AT}/io.cost.qos`,
          text: `DEV enable=1 ctrl=user rpct=95 rlat=${LATENCY_us} wpct=95 wlat=${LATENCY_us} min=50 max=100`,
          undo: 'DEV enable=0 ctrl=auto',
        },
        ...weighted('io.weight', pool),
      ];
    },
  },
} as const satisfies Record<string, Setting>;

export const HEAD_POLICIES = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, setting]) => [name, policyOf(setting)]),
) as unknown as Record<keyof typeof SETTINGS, Policy>;

function policyOf({ summary, axis, weights, scheduler, writes = () => [] }: Setting): Policy {
  const module = MODULES[scheduler];
  const load = module === undefined ? '' : `modprobe -q ${module}; `;
  return {
    summary,
    axis,
    of: 'groups',
    ...(weights === undefined ? {} : { weights }),
    async refuses(site, on, pool) {
      const { queue, run } = await diskOf(site, on);
      const { stdout } = await run(`${load}cat ${queue}/scheduler`);
      const known = stdout.replaceAll(/[[\]]/g, '').split(/\s+/);
      if (!known.includes(scheduler)) return `this kernel has no I/O scheduler ${scheduler}`;
      // bfq's own files are there only while it is in use
      const files = writes(pool).map(({ file }) => file);
      const { stdout: missing } = await run(
        `was=$(sed 's/.*\\[\\(.*\\)\\].*/\\1/' ${queue}/scheduler); echo ${scheduler} > ${queue}/scheduler; for file in ${files.join(' ')}; do [ -e $file ] || echo $file; done; echo $was > ${queue}/scheduler`,
      );
      return missing === '' ? undefined : `this kernel has no ${basename(missing.split('\n')[0] ?? '')}`;
    },
    async apply(site, on, pool) {
      const { machine, queue, device, run } = await diskOf(site, on);
      if (!before.has(machine)) before.set(machine, inUse((await run(`cat ${queue}/scheduler`)).stdout));
      const steps = writes(pool).map(({ file, text }) => `echo '${text.replaceAll('DEV', device)}' > ${file}`);
      const { code, stderr } = await run([`echo ${scheduler} > ${queue}/scheduler`, ...steps].join(' && '));
      const { stdout } = await run(`cat ${queue}/scheduler`);
      if (code !== 0 || inUse(stdout) !== scheduler)
        throw new InfraError(`${on}: it could not be set: ${stderr.trim() || `the scheduler is ${stdout.trim()}`}`);
    },
    async undo(site, on, pool) {
      const { machine, queue, device, run } = await diskOf(site, on);
      const steps = writes(pool)
        .toReversed()
        .map(({ file, undo }) => `{ [ ! -e ${file} ] || echo '${undo.replaceAll('DEV', device)}' > ${file}; }`);
      const was = before.get(machine);
      const { code, stderr } = await run(
        [...steps, ...(was === undefined ? [] : [`echo ${was} > ${queue}/scheduler`])].join(' && ') || 'true',
      );
      before.delete(machine);
      if (code !== 0) throw new InfraError(`${on}: it could not be taken back: ${stderr.trim()}`);
    },
  };
}

/** The scheduler that a machine's pool had before a policy changed it. */
const before = new WeakMap<Machine, string>();

/** Of `none [bfq] kyber` the one in brackets; a disk that has but one shows it without. */
const inUse = (schedulers: string): string => /\[(.+)\]/.exec(schedulers)?.[1] ?? schedulers.trim();

/** Where the pool's disk is set, its MAJOR:MINOR, and a shell on its machine. */
async function diskOf(site: Site, on: string) {
  const machine = machineOf(site, on);
  if (machine.disk === undefined) throw new InfraError(`${on} has no disk to share out`);
  const name = basename(machine.disk);
  const channel = await machine.manage();
  const run = (script: string) => channel.run(['sh', '-c', script], { limit_s: LIMIT_S });
  return { machine, queue: `/sys/block/${name}/queue`, device: (await run(`cat /sys/block/${name}/dev`)).stdout.trim(), run };
}
