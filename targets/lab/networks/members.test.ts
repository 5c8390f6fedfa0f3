import { beforeEach, describe, expect, it } from 'vitest';
import { InfraError } from '../../../results/errors.ts';
import type { NetworkName } from '../../target.ts';
import { Members } from './members.ts';

const SEED = 'run/';
let members: Members;
let front: string;
let store: string;
beforeEach(() => {
  members = new Members(SEED, false);
  [front, store] = [members.prefix('front'), members.prefix('store')];
});

/** The other ways to write an address that means the same, or nearly so. */
const disguises = (address: string): string[] => [
  address.toUpperCase(),
  address.replace('::', ':0:0:0:'),
  address.replace('::', ':0000:0000:0000:00'),
  address.replace('2001:2:0:', '2001:0002:0:'),
  `${address}%front`,
  `${address}/128`,
  `[${address}]`,
  ` ${address}`,
  `${address}\n`,
  `${address}0`,
  address.slice(0, -1),
  `::ffff:${address}`,
  `${address},::1`,
];
const FOREIGN = ['', '::', '::1', 'ff02::1', 'fe80::53:50ff:fe00:f10', '2001:db8::1', '2001:2::10', '192.0.2.1', 'localhost', 'head'];

describe('what may be stormed', () => {
  it('is a machine on its own network and a tenant behind it, in the very words in which they were given', () => {
    const { address, behind } = members.add('head', { store: true, behind: 'route' });
    const bridged = members.add('second', { store: false, behind: 'bridge' });
    const own: [NetworkName, string | undefined][] = [
      ['front', address.front],
      ['store', address.store],
      ['front', behind?.address],
      ['front', bridged.address.front],
      ['front', bridged.behind?.address],
    ];
    for (const [name, made = ''] of own) {
      expect([made, members.consents(name, made)]).toEqual([made, true]);
      expect([made, members.consents(name === 'front' ? 'store' : 'front', made)]).toEqual([made, false]);
      for (const other of disguises(made)) expect([other, members.consents(name, other)]).toEqual([other, false]);
    }
    const lab = [members.station('front'), members.station('store'), `${front}::2`, behind?.gateway ?? ''];
    for (const other of [...FOREIGN, ...lab, `${front}::12`])
      for (const name of ['front', 'store'] as const) expect([other, members.consents(name, other)]).toEqual([other, false]);
  });

  it('is nobody before there is a machine', () => {
    expect(members.consents('front', `${front}::10`)).toBe(false);
    expect(members.consentsPrefix('front', new Members('other/', false).prefix('front'))).toBe(false);
  });

  it("is as a whole only a prefix of this run's, of the network that leads there", () => {
    const prefix = members.add('head', { store: true, behind: 'conntrack' }).behind?.prefix ?? '';
    expect(members.consentsPrefix('front', front)).toBe(true);
    expect(members.consentsPrefix('front', prefix)).toBe(true);
    expect(members.consentsPrefix('store', store)).toBe(true);
    expect(members.consentsPrefix('store', prefix)).toBe(false);
    expect(members.consentsPrefix('front', store)).toBe(false);
    const group = Number.parseInt(prefix.split(':')[3] as string, 16);
    for (const other of [
      ...FOREIGN,
      `2001:2:0:${(group + 1).toString(16)}`,
      '2001:2:0',
      '2001:2',
      prefix.slice(0, -1),
      `${prefix}::/64`,
      `${prefix}::`,
      `${prefix}:`,
      prefix.toUpperCase(),
      prefix.replace(':2:', ':0002:'),
      prefix.replace(':2:0:', ':2::'),
    ])
      expect([other, members.consentsPrefix('front', other)]).toEqual([other, false]);
  });
});

describe('an aim', () => {
  const station = (name: NetworkName) => ({ device: name, source: members.station(name) });

  it('at a machine goes to its card on that network', () => {
    const { address, cards } = members.add('head', { store: true });
    expect(members.aim('front', 'head', 'to')).toEqual({
      ...station('front'),
      sourceMac: '02:53:50:00:0f:01',
      destinationMac: cards[0]?.mac,
      destination: address.front,
      prefix: front,
    });
    expect(members.aim('store', 'head', 'to')).toMatchObject({
      ...station('store'),
      destinationMac: cards[1]?.mac,
      destination: address.store,
      prefix: store,
    });
  });

  it.each(['route', 'conntrack'] as const)('through a machine (%s) goes to its card, and to a prefix of its own', (forwarding) => {
    const { behind, cards } = members.add('head', { store: false, behind: forwarding });
    const aim = members.aim('front', 'head', 'behind');
    expect(aim).toMatchObject({ destinationMac: cards[0]?.mac, destination: behind?.address, prefix: behind?.prefix });
    expect([front, store]).not.toContain(aim.prefix);
    expect(aim.destination.startsWith(`${aim.prefix}::`)).toBe(true);
  });

  it("through a bridge goes to the tenant's own card, in the front's prefix", () => {
    const { behind, cards } = members.add('head', { store: false, behind: 'bridge' });
    const aim = members.aim('front', 'head', 'behind');
    expect(aim).toMatchObject({ destinationMac: behind?.mac, destination: behind?.address, prefix: front });
    expect(aim.destinationMac).not.toBe(cards[0]?.mac);
  });

  it('is refused where nobody was made', () => {
    members.add('head', { store: false, behind: 'route' });
    members.add('plain', { store: true });
    for (const refused of [
      () => members.aim('front', 'nobody', 'to'),
      () => members.aim('front', 'nobody', 'behind'),
      () => members.aim('store', 'head', 'to'),
      () => members.aim('store', 'head', 'behind'),
      () => members.aim('front', 'plain', 'behind'),
      () => members.aim('store', 'plain', 'behind'),
    ])
      expect(refused).toThrow(InfraError);
  });

  it('never shares an address or a link-layer address with another', () => {
    const made = Array.from({ length: 112 }, (_, index) =>
      members.add(`m${index}`, { store: true, behind: index < 14 ? 'route' : 'bridge' }),
    );
    const all = made.flatMap(({ cards, behind }) => [
      ...cards.flatMap((card) => [card.mac, ...card.addresses]),
      behind?.mac,
      behind?.address,
    ]);
    expect(new Set(all).size).toBe(all.length);
    expect(() => members.add('one more', { store: false })).toThrow(InfraError);
  });
});

describe('on a shared link', () => {
  it('a machine has one card, which is on both networks', () => {
    members = new Members(SEED, true);
    const { cards, address } = members.add('head', { store: true });
    expect(cards).toHaveLength(1);
    expect(cards[0]?.addresses).toEqual([address.front, address.store]);
    expect(members.on('store', 'head').tap).toBe(members.on('front', 'head').tap);
    const [to, stored] = [members.aim('front', 'head', 'to'), members.aim('store', 'head', 'to')];
    expect(stored).toMatchObject({ device: 'store', destinationMac: to.destinationMac, destination: address.store });
  });

  it('a machine without storage is not on its network', () => {
    members = new Members(SEED, true);
    members.add('plain', { store: false });
    expect(() => members.on('store', 'plain')).toThrow(InfraError);
  });
});
