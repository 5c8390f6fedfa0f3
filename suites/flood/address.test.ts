import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressBytes, macBytes, multicastMac, solicitedNode } from './address.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

it.each([
  ['2001:2:0:8a3c::10', '2001000200008a3c0000000000000010'],
  ['2001:2:0:8a3c:1:2:3:4', '2001000200008a3c0001000200030004'],
  ['fe80::1', 'fe800000000000000000000000000001'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['fd53:5052:4d00::', 'fd5350524d0000000000000000000000'],
])('%s is %s', (address, bytes) => {
  expect(hex(addressBytes(address))).toBe(bytes);
});

it('an address is read as the platform reads it', () => {
  fc.assert(
    fc.property(
      fc.ipV6().filter((address) => !address.includes('.')),
      (address) => {
        const [, groups = ''] = /^\[(.*)\]$/.exec(new URL(`http://[${address}]/`).hostname) ?? [];
        expect(hex(addressBytes(address))).toBe(hex(addressBytes(groups)));
        expect(new URL(`http://[${hex(addressBytes(address)).replaceAll(/(.{4})(?!$)/g, '$1:')}]/`).hostname).toBe(`[${groups}]`);
      },
    ),
  );
});

it('groups go to 33:33 and their last four bytes, and an address is solicited in the group of its last three', () => {
  expect(hex(multicastMac(addressBytes('ff02::1')))).toBe('333300000001');
  // the example of RFC 4291, section 2.7.1
  expect(hex(solicitedNode(addressBytes('4037::1:800:200e:8c6c')))).toBe(hex(addressBytes('ff02::1:ff0e:8c6c')));
  expect(hex(macBytes('02:53:50:00:0f:1a'))).toBe('025350000f1a');
});
