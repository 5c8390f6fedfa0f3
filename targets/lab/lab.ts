/** The lab: QEMU machines, network namespaces and tails on this very machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InfraError } from '../../results/errors.ts';
import { makeKey } from '../keys.ts';
import { start } from '../leash.ts';
import { TAILS } from '../tails/index.ts';
import type { Tail } from '../tails/tail.ts';
import type { Machine, MachineSpec, Site, SiteOptions, Target } from '../target.ts';
import { type Accelerator, chooseAccelerator } from './accelerator.ts';
import { type BootFiles, bootFiles, machineArchive } from './initramfs.ts';
import { LabMachine } from './machine.ts';
import { type LabNetworks, makeNetworks } from './networks.ts';
import { type Card, type Disk, qemuArgv } from './qemu.ts';
import { userland } from './userland.ts';

/** Ports inside namespaces of the run's own: they cannot collide with anything of this machine's. */
const SSH_PORT_BASE = 2200;
const NBD_PORT_BASE = 10_809;
const MANAGEMENT = { address: '10.0.2.15/24', host: '127.0.0.1' } as const;
/** Requests that wait longer than this inside the machine's own nbd driver are its driver's business; here it never gives up. */
const NBD_CLIENT_TIMEOUT_S = 0;

export const lab: Target = {
  kind: 'lab',
  async open(topology, options) {
    await using stack = new AsyncDisposableStack();
    const { accelerator, files, image } = await prepare(options);
    const networks = stack.use(
      await makeNetworks({
        run: options.run,
        seed: `${options.run}/${options.prefix}`,
        limit_s: options.limit_s,
        storeRate_bps: topology.storeRate_bps,
      }),
    );
    const key = makeKey();
    const tails = new Map<string, Tail>();
    const machines = new Map<string, Machine>();
    for (const [index, spec] of topology.machines.entries()) {
      options.signal.throwIfAborted();
      const port = NBD_PORT_BASE + index;
      if (spec.disk !== undefined) tails.set(spec.name, stack.use(await startTail(spec, port, networks, options)));
      const place = { index, port, networks, key, accelerator, files, image };
      machines.set(spec.name, stack.use(await defineMachine(spec, place, options)));
    }
    const moved = stack.move();
    return {
      accelerator,
      machines,
      networks: networks.networks,
      tailOf: (machine) => {
        const tail = tails.get(machine);
        if (tail === undefined) throw new InfraError(`${machine} has no disk on a tail`);
        return tail;
      },
      [Symbol.asyncDispose]: () => moved.disposeAsync(),
    } satisfies Site;
  },
};

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

function startTail(spec: MachineSpec, port: number, networks: LabNetworks, options: SiteOptions): Promise<Tail> {
  const store = networks.networks.store;
  return TAILS.nbdkit({
    dir: join(options.runtimeDir, `tail-${spec.name}`),
    host: store.station,
    port,
    size_MiB: spec.disk?.size_MiB ?? 0,
    spawn: (argv) => store.spawn(argv, { limit_s: options.limit_s }),
  });
}

async function defineMachine(
  spec: MachineSpec,
  place: Prepared & {
    readonly index: number;
    readonly port: number;
    readonly networks: LabNetworks;
    readonly key: ReturnType<typeof makeKey>;
  },
  options: SiteOptions,
): Promise<LabMachine> {
  const { networks } = place;
  const station = networks.networks.store.station;
  const front = await networks.attach('front', spec.name);
  const store = spec.disk?.attach === 'kernel' ? await networks.attach('store', spec.name) : undefined;
  const sshPort = SSH_PORT_BASE + place.index;
  const managementMac = `02:53:50:00:00:${(0x10 + place.index).toString(16)}`;
  const cards: Card[] = [
    { name: 'front', mac: front.mac, source: { tap: front.tap } },
    ...(store === undefined ? [] : [{ name: 'store', mac: store.mac, source: { tap: store.tap } }]),
    { name: 'mgmt', mac: managementMac, source: { forwardedPort: sshPort } },
  ];
  const addresses = [
    { mac: front.mac, name: 'front', address: `${front.address}/64` },
    ...(store === undefined ? [] : [{ mac: store.mac, name: 'store', address: `${store.address}/64` }]),
    { mac: managementMac, name: 'mgmt', address: MANAGEMENT.address },
  ];
  const disks: Disk[] = [
    ...(spec.disk?.attach === 'qemu' ? [{ serial: 'tail' as const, source: { nbdHost: station, nbdPort: place.port } }] : []),
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
    spec,
    address: { front: front.address, ...(store === undefined ? {} : { store: store.address }) },
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
    disk: diskOf(spec, station, place.port),
    fault: options.fault,
  });
}

function diskOf(spec: MachineSpec, host: string, port: number): { device: string; connect?: string[] } | undefined {
  if (spec.disk === undefined) return undefined;
  // the tail's disk is the first that QEMU is given, so the machine calls it vda, as a customer's does
  if (spec.disk.attach === 'qemu') return { device: '/dev/vda' };
  const client = `modprobe nbd && nbd-client ${host} ${port} /dev/nbd0 -timeout ${NBD_CLIENT_TIMEOUT_S} -persist -nofork`;
  return { device: '/dev/nbd0', connect: ['sh', '-c', client] };
}
