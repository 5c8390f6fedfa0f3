/** Who stands where in a trial's networks: what may be aimed at, and how a frame gets there. Pure. */
import { InfraError } from '../../../results/errors.ts';
import type { Aim, Behind, Forwarding, NetworkName } from '../../target.ts';
import { addressOf, HOST, MOST_MACHINES, macOf, subnet } from './addresses.ts';
import { LINKS } from './links.ts';

/** A machine's card and the tap that it hangs on. On a shared link it is on both networks. */
export interface MemberCard {
  readonly name: NetworkName;
  readonly tap: string;
  readonly mac: string;
  /** its own first, then the other network's */
  readonly addresses: readonly string[];
  /** where its default route leads: to the front's station, which then sees the answers to whatever source a flood had made up */
  readonly gateway?: string;
}

export interface Member {
  readonly machine: string;
  readonly cards: readonly MemberCard[];
  readonly address: Readonly<Partial<Record<NetworkName, string>>>;
  readonly behind: (Behind & { readonly gateway: string }) | undefined;
}

export interface Wants {
  /** whether it needs the storage network itself: its kernel attaches its disk */
  readonly store: boolean;
  readonly behind?: Forwarding | undefined;
}

/** The members of a run's networks, in the order in which they came. */
export class Members {
  readonly #seed: string;
  readonly #sharedLink: boolean;
  readonly #members: Member[] = [];

  constructor(seed: string, sharedLink: boolean) {
    this.#seed = seed;
    this.#sharedLink = sharedLink;
  }

  prefix(name: NetworkName): string {
    return subnet(this.#seed, name);
  }

  station(name: NetworkName): string {
    return addressOf(this.prefix(name), HOST.station);
  }

  /** Gives a machine its places. Throws InfraError where there are none left. */
  add(machine: string, wants: Wants): Member {
    const index = this.#members.length;
    if (index >= MOST_MACHINES) throw new InfraError(`at most ${MOST_MACHINES} machines have room on a network`);
    const host = HOST.machine + index;
    const address = {
      front: addressOf(this.prefix('front'), host),
      ...(wants.store ? { store: addressOf(this.prefix('store'), host) } : {}),
    };
    const card = (name: NetworkName, addresses: readonly (string | undefined)[]) => ({
      ...{ name, tap: `${name}${index}`, mac: macOf(name, host) },
      addresses: addresses.filter((each) => each !== undefined),
    });
    const front = { ...card('front', this.#sharedLink ? [address.front, address.store] : [address.front]), gateway: this.station('front') };
    const cards = address.store === undefined || this.#sharedLink ? [front] : [front, card('store', [address.store])];
    const behind = wants.behind === undefined ? undefined : this.#tenant(wants.behind, index);
    const member = { machine, cards, address, behind };
    this.#members.push(member);
    return member;
  }

  /** A machine's card on a network, and its address there. Throws InfraError for a machine that has none. */
  on(name: NetworkName, machine: string): MemberCard & { readonly address: string } {
    const member = this.#find(machine);
    const address = member?.address[name];
    const card = member?.cards.find(({ addresses }) => address !== undefined && addresses.includes(address));
    if (card === undefined || address === undefined) throw new InfraError(`${machine} has no card on the ${name} network`);
    return { ...card, address };
  }

  /** See `Network.consents`; tenants are reached from the front alone. */
  consents(name: NetworkName, address: string): boolean {
    return this.#members.some(({ address: own, behind }) => own[name] === address || (name === 'front' && behind?.address === address));
  }

  /** See `Network.consentsPrefix`. */
  consentsPrefix(name: NetworkName, prefix: string): boolean {
    return prefix === this.prefix(name) || (name === 'front' && this.#members.some(({ behind }) => behind?.prefix === prefix));
  }

  /** See `Network.aim`. */
  aim(name: NetworkName, machine: string, at: 'to' | 'behind'): Aim {
    const { mac, address } = this.on(name, machine);
    const way = { device: LINKS[name].device, sourceMac: macOf(name, HOST.station), source: this.station(name) };
    if (at === 'to') return { ...way, destinationMac: mac, destination: address, prefix: this.prefix(name) };
    const behind = name === 'front' ? this.#find(machine)?.behind : undefined;
    if (behind === undefined) throw new InfraError(`there is no tenant behind ${machine} that the ${name} network reaches`);
    const destinationMac = behind.forwarding === 'bridge' ? behind.mac : mac;
    return { ...way, destinationMac, destination: behind.address, prefix: behind.prefix };
  }

  #find(machine: string): Member | undefined {
    return this.#members.find((member) => member.machine === machine);
  }

  #tenant(forwarding: Forwarding, index: number): Member['behind'] {
    const mac = macOf('tenant', HOST.machine + index);
    if (forwarding === 'bridge') {
      const prefix = this.prefix('front');
      return { forwarding, mac, prefix, address: addressOf(prefix, HOST.tenant + index), gateway: this.station('front') };
    }
    const routed = this.#members.filter(({ behind }) => behind !== undefined && behind.forwarding !== 'bridge').length;
    const prefix = subnet(this.#seed, { behind: routed });
    return { forwarding, mac, prefix, address: addressOf(prefix, HOST.machine), gateway: addressOf(prefix, HOST.station) };
  }
}
