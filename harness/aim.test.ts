import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InfraError } from '../results/errors.ts';
import type { Aimed } from '../suites/suite.ts';
import type { Aim, Machine, Network, NetworkName, Site } from '../targets/target.ts';
import { aimOf } from './aim.ts';

const FRONT = '2001:2:0:8000';
const BEHIND = '2001:2:0:8002';
const HEAD = `${FRONT}::10`;
const TENANT = `${BEHIND}::10`;

const TO: Aim = {
  device: 'front',
  sourceMac: '02:53:50:00:0f:01',
  destinationMac: '02:53:50:00:0f:10',
  source: `${FRONT}::1`,
  destination: HEAD,
  prefix: FRONT,
};
const THROUGH: Aim = { ...TO, destination: TENANT, prefix: BEHIND };

/** What a target says: who its machines are, where it aims, and what consents. */
interface Said {
  readonly address: Readonly<Partial<Record<NetworkName, string>>>;
  readonly behind: string | undefined;
  readonly to: Aim;
  readonly through: Aim;
  readonly addresses: readonly string[];
  readonly prefixes: readonly string[];
}
const SOUND: Said = {
  address: { front: HEAD },
  behind: TENANT,
  to: TO,
  through: THROUGH,
  addresses: [HEAD, TENANT],
  prefixes: [FRONT, BEHIND],
};

function siteOf(said: Said): Pick<Site, 'networks' | 'machines'> {
  const network = {
    consents: (address: string) => said.addresses.includes(address),
    consentsPrefix: (prefix: string) => said.prefixes.includes(prefix),
    aim: (_machine: string, at: 'to' | 'behind') => (at === 'to' ? said.to : said.through),
  } as unknown as Network;
  const behind = said.behind === undefined ? undefined : { address: said.behind };
  return {
    networks: { front: network, store: network },
    machines: new Map([['head', { name: 'head', address: said.address, behind } as unknown as Machine]]),
  };
}

const at = (where?: Aimed['at'], to = 'head', station: NetworkName = 'front'): Aimed => ({
  station,
  to,
  ...(where === undefined ? {} : { at: where }),
});

describe('what a storm is aimed at', () => {
  it.each([
    ['the machine, from the station, with the addresses of both', at(), TO],
    ['the machine, also where that is said', at('to'), TO],
    ['the tenant behind it, by way of the machine', at('behind'), THROUGH],
    ['nobody, inside a machine', { machine: 'head' }, undefined],
  ])('is %s', (_what, on, aim) => {
    expect(aimOf(siteOf(SOUND), on)).toEqual(aim);
  });

  it.each<[string, Aimed, Partial<Said>?]>([
    ['a machine that is not there', at('to', 'tenant9')],
    ['a machine without a card on that network', at('to', 'head', 'store')],
    ['a tenant behind a machine that has none', at('behind'), { behind: undefined }],
    ['an address instead of a name', at('to', HEAD)],
    ['a name of JavaScript', at('to', 'constructor')],
  ])('is refused: %s', (_what, on, change = {}) => {
    expect(() => aimOf(siteOf({ ...SOUND, ...change }), on)).toThrow(
      /^refused: .* is no machine of this run on its (front|store) network$/,
    );
  });

  it.each<[string, Aimed, Partial<Said>]>([
    ['an address that does not consent', at(), { addresses: [TENANT] }],
    ['a tenant that does not consent', at('behind'), { addresses: [HEAD] }],
    ['a tenant whose /64 does not consent, though its address does', at('behind'), { prefixes: [FRONT] }],
    ['a machine whose /64 does not consent, though its address does', at(), { prefixes: [BEHIND] }],
    ['a /64 that is spelt in another way', at(), { to: { ...TO, prefix: `${FRONT}::` } }],
    ['no /64 at all', at(), { to: { ...TO, prefix: '' } }],
    [
      'an aim at another consenting machine than the one that was named',
      at(),
      { to: { ...TO, destination: `${FRONT}::11` }, addresses: [HEAD, `${FRONT}::11`] },
    ],
    ['an aim at the machine where its tenant was named', at('behind'), { through: TO }],
    ['an aim at the tenant where the machine was named', at(), { to: THROUGH }],
    ['an aim at the same address in another spelling', at(), { to: { ...TO, destination: `${FRONT}:0:0:0:10` } }],
  ])('is refused: %s', (_what, on, change) => {
    expect(() => aimOf(siteOf({ ...SOUND, ...change }), on)).toThrow(/^refused: .* is no address of this run on its front network$/);
  });

  const anyAddress = fc.oneof(
    fc.ipV6(),
    fc.ipV4(),
    fc.domain(),
    fc.string(),
    fc.constantFrom('', '::1', 'ff02::1', `${FRONT}::11`, `${HEAD}0`, `${HEAD} `, HEAD.toUpperCase(), HEAD, TENANT),
  );

  const likely = fc.oneof({ arbitrary: fc.constantFrom(HEAD, TENANT), weight: 3 }, anyAddress);

  it('is never anything but what a target made, named and let be stormed, whatever it says', () => {
    const said = fc.record({
      address: fc.record({ front: likely }, { requiredKeys: [] }),
      behind: fc.option(likely, { nil: undefined }),
      to: likely.map((destination) => ({ ...TO, destination })),
      through: fc
        .record({ destination: anyAddress, prefix: fc.constantFrom(FRONT, BEHIND, '2001:db8:0:1', '') })
        .map((aim) => ({ ...TO, ...aim })),
      addresses: fc.subarray([HEAD, TENANT]),
      prefixes: fc.subarray([FRONT, BEHIND]),
    });
    fc.assert(
      fc.property(said, fc.constantFrom<Aimed['at']>('to', 'behind', undefined), (each, where) => {
        let aim: Aim | undefined;
        try {
          aim = aimOf(siteOf(each as Said), at(where));
        } catch (error) {
          expect(error).toBeInstanceOf(InfraError);
          return;
        }
        expect(aim?.destination).toBe(where === 'behind' ? each.behind : each.address.front);
        expect(each.addresses).toContain(aim?.destination);
        expect(each.prefixes).toContain(aim?.prefix);
      }),
      { numRuns: 500 },
    );
  });
});
