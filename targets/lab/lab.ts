/** The lab: QEMU machines, network namespaces and tails on this very machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InfraError } from '../../results/errors.ts';
import { makeKey } from '../keys.ts';
import { start } from '../leash.ts';
import { TAILS } from '../tails/index.ts';
import type { Tail } from '../tails/tail.ts';
import type { DiskSpec, Machine, MachineSpec, Site, SiteOptions, TailPlan, Target, Topology } from '../target.ts';
import { makeCertificates } from '../tls.ts';
import { type Accelerator, chooseAccelerator } from './accelerator.ts';
import { watchContention } from './contention.ts';
import { costOf_MiB, diskRoom, disksOf_MiB, roomHere, whyNoDisk, whyNoRoom } from './cost.ts';
import { type BootFiles, bootFiles, type CardPlan, machineArchive } from './initramfs.ts';
import { type Arrangement, LabMachine } from './machine.ts';
import { attachment, NBD_DEVICE } from './nbd-client.ts';
import type { Member } from './networks/members.ts';
import { DEFAULT_MTU_BYTES, type LabNetworks, makeNetworks } from './networks.ts';
import { type Card, type Disk, isSparse, qemuArgv } from './qemu.ts';
import { watchDisk, watchResidence } from './resident.ts';
import { userland } from './userland.ts';

/** Ports inside namespaces of the run's own: they cannot collide with anything of this machine's. */
const SSH_PORT_BASE = 2200;
const NBD_PORT_BASE = 10_809;
const MANAGEMENT = { address: '10.0.2.15/24', host: '127.0.0.1' } as const;
const CERTIFICATES_LIMIT_S = 30;

export const lab: Target = {
  kind: 'lab',
  cost(topology, dir) {
    const disks_MiB = disksOf_MiB(topology);
    const memory_MiB = costOf_MiB(topology) + (diskRoom(dir).inMemory ? disks_MiB : 0);
    return { memory_MiB, whyNot: whyNoRoom(memory_MiB, roomHere()) ?? whyNoDisk(disks_MiB, dir) };
  },
  async open(topology, options) {
    refuseImpossible(topology);
    await using stack = new AsyncDisposableStack();
    const residence = stack.use(watchResidence(options.fault));
    stack.use(watchContention(options.contended, options.fault));
    const { accelerator, files, image } = await prepare(options);
    stack.use(watchDisk(options.runtimeDir, options.fault));
    const { run, limit_s } = options;
    const networks = stack.use(await makeNetworks({ ...topology, run, limit_s, seed: `${run}/${options.prefix}` }));
    const key = makeKey();
    const tls = topology.tails?.tls === true ? await certificates(networks, options) : undefined;
    const tails = new Map<string, Tail>();
    const machines = new Map<string, Machine>();
    for (const [index, spec] of topology.machines.entries()) {
      options.signal.throwIfAborted();
      const port = NBD_PORT_BASE + index;
      if (spec.disk !== undefined)
        tails.set(spec.name, stack.use(await startTail(spec.name, spec.disk, { port, networks, options, plan: topology.tails, tls })));
      const place = { tls, index, port, networks, key, accelerator, files, image, mtu_bytes: topology.mtu_bytes };
      machines.set(spec.name, stack.use(await defineMachine(spec, place, options)));
    }
    const moved = stack.move();
    return {
      accelerator,
      emulated: emulatedIn(topology, accelerator),
      peak_MiB: () => residence.peak_MiB(),
      machines,
      networks: networks.networks,
      tails,
      tailOf: (machine) => {
        const tail = tails.get(machine);
        if (tail === undefined) throw new InfraError(`${machine} has no disk on a tail`);
        return tail;
      },
      [Symbol.asyncDispose]: () => moved.disposeAsync(),
    } satisfies Site;
  },
};

/** What a reader must know before he takes a figure for that of a host in service. */
function emulatedIn({ machines }: Topology, { kind }: Accelerator): string[] {
  const sparse = machines.filter(isSparse).map(({ name }) => name);
  return [
    'virtual machines, and the tails that serve them, share one lab host',
    kind === 'tcg' ? 'processors emulated (tcg)' : `processors virtual (${kind})`,
    'network cards virtual (virtio-net on taps), links made by the kernel of the lab host',
    'disks virtual (virtio-blk, nbd), their contents in a file of the lab host',
    ...(sparse.length === 0 ? [] : [`memory of ${sparse.join(', ')} sparse: what is never written to has no memory behind it`]),
    ...(machines.some(({ unused_MiB }) => unused_MiB !== undefined)
      ? ['memory that tenants would use is a ballast of huge pages, never written to, and init_on_alloc is off for its sake']
      : []),
  ];
}

/** What no suite can want: said before anything is made. */
function refuseImpossible({ machines, sharedLink }: Topology): void {
  const apart = machines.find(({ disk }) => sharedLink && disk?.attach === 'qemu');
  if (apart !== undefined)
    throw new InfraError(`${apart.name}: on a shared link its kernel must attach its disk: QEMU's own connection would go past its card`);
}

interface Prepared {
  readonly accelerator: Accelerator;
  readonly files: BootFiles;
  readonly image: string;
}

/** Everything that is made once and shared: the guest image, the candidate's boot files, the choice of accelerator. */
async function prepare(options: SiteOptions): Promise<Prepared> {
  mkdirSync(options.runtimeDir, { recursive: true, mode: 0o711 });
  const image = await userland(options);
  const files = await bootFiles(options.candidate, image, options.signal);
  const accelerator = await chooseAccelerator({
    run: options.run,
    candidate: options.candidate,
    initramfs: files.initramfs,
    scratch: options.runtimeDir,
    note: options.note,
  });
  return { accelerator, files, image };
}

/** Of the run's own, for its tails and their clients. */
async function certificates(networks: LabNetworks, { run, runtimeDir }: SiteOptions): Promise<string> {
  const dir = join(runtimeDir, 'tls');
  await makeCertificates(dir, networks.networks.store.station, { run, limit_s: CERTIFICATES_LIMIT_S });
  return dir;
}

function startTail(
  machine: string,
  { size_MiB }: DiskSpec,
  {
    port,
    networks,
    options,
    plan = {},
    tls,
  }: {
    readonly tls: string | undefined;
    readonly port: number;
    readonly networks: LabNetworks;
    readonly options: SiteOptions;
    readonly plan: TailPlan | undefined;
  },
): Promise<Tail> {
  const store = networks.networks.store;
  const kind = TAILS[plan.kind ?? 'nbdkit'];
  return kind.start({
    dir: join(options.runtimeDir, `tail-${machine}`),
    host: store.station,
    port,
    backing: { kind: 'file', size_MiB },
    exportName: machine,
    log: plan.log === true && kind.logs,
    failing: plan.failing,
    program: plan.program,
    tls,
    spawn: (argv) => store.spawn(argv, { limit_s: options.limit_s }),
    died: options.fault,
  });
}

async function defineMachine(
  spec: MachineSpec,
  place: Prepared & {
    readonly tls: string | undefined;
    readonly index: number;
    readonly port: number;
    readonly networks: LabNetworks;
    readonly key: ReturnType<typeof makeKey>;
    readonly mtu_bytes: number | undefined;
  },
  options: SiteOptions,
): Promise<LabMachine> {
  const { networks, mtu_bytes } = place;
  const station = networks.networks.store.station;
  const member = await networks.attach(spec.name, { store: spec.disk?.attach === 'kernel', behind: spec.behind });
  const sshPort = SSH_PORT_BASE + place.index;
  const managementMac = `02:53:50:00:00:${(0x10 + place.index).toString(16)}`;
  const cards: Card[] = [
    ...member.cards.map(({ name, mac, tap }) => ({ name, mac, source: { tap }, ...(name === 'front' ? { mtu_bytes } : {}) })),
    { name: 'mgmt', mac: managementMac, source: { forwardedPort: sshPort } },
  ];
  const addresses: CardPlan[] = [
    ...member.cards.map(({ name, mac, gateway, addresses: own }) => ({ name, mac, gateway, addresses: own.map((each) => `${each}/64`) })),
    { mac: managementMac, name: 'mgmt', addresses: [MANAGEMENT.address] },
  ];
  const disks: Disk[] = [
    ...(spec.disk?.attach === 'qemu'
      ? [{ serial: 'tail' as const, source: { nbdHost: station, nbdPort: place.port, nbdExport: spec.name, tls: place.tls } }]
      : []),
    { serial: 'userland', source: { file: place.image } },
    ...(place.files.modules === undefined ? [] : [{ serial: 'modules' as const, source: { file: place.files.modules } }]),
  ];
  const hostKey = makeKey();
  const initrd = join(options.runtimeDir, `${spec.name}.cpio`);
  const archive = machineArchive({ name: spec.name, cards: addresses, hostKey: hostKey.dropbear, authorizedKey: place.key.public });
  writeFileSync(initrd, Buffer.concat([place.files.initramfs, archive]), { mode: 0o600 });
  const consoleSocket = join(options.runtimeDir, `${spec.name}.console`);
  const qmpSocket = join(options.runtimeDir, `${spec.name}.qmp`);
  const managementSocket = join(options.runtimeDir, `${spec.name}.ssh`);
  return new LabMachine({
    run: options.run,
    spec,
    address: member.address,
    behind: member.behind,
    consolePath: join(options.consoleDir, `${options.prefix}${spec.name}.log`),
    consoleSocket,
    qmpSocket,
    argv: qemuArgv({
      spec,
      accelerator: place.accelerator.kind,
      kernel: options.candidate.image,
      initrd,
      append: options.append,
      disks,
      cards,
      consoleSocket,
      qmpSocket,
    }),
    spawn: (argv, limit_s) => start(argv, { run: options.run, limit_s, within: networks.enter('head') }),
    limit_s: options.limit_s,
    proxy: ['socat', `UNIX-LISTEN:${managementSocket},mode=600,fork`, `TCP4:${MANAGEMENT.host}:${sshPort},nodelay`],
    managementSocket,
    key: place.key,
    hostKey,
    emulated: place.accelerator.kind === 'tcg',
    // the tail's disk is the first that QEMU is given, so the machine calls it vda, as a customer's does
    disk: spec.disk === undefined ? undefined : { qemu: '/dev/vda', kernel: NBD_DEVICE }[spec.disk.attach],
    arrangements: [
      ...ballastOf(spec),
      ...tenantOf(member, mtu_bytes ?? DEFAULT_MTU_BYTES),
      ...(spec.disk?.attach === 'kernel'
        ? attachment(spec.disk, { host: station, port: place.port, exportName: spec.name, tls: place.tls })
        : []),
    ],
    fault: options.fault,
  });
}

/** See guest/ballast. */
const ballastOf = ({ unused_MiB }: MachineSpec): Arrangement[] =>
  unused_MiB === undefined ? [] : [{ what: 'its ballast', argv: ['/run/stormproof/ballast', String(unused_MiB)] }];

/** See guest/tenant. */
function tenantOf({ behind, cards: [card] }: Member, mtu_bytes: number): Arrangement[] {
  if (behind === undefined || card === undefined) return [];
  const tenant = [behind.forwarding, behind.mac, behind.address, behind.gateway];
  const argv = ['/run/stormproof/tenant', ...tenant, card.mac, String(mtu_bytes), card.gateway ?? '', ...card.addresses];
  return [{ what: 'its tenant', argv }];
}
