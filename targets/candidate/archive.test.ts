import { describe, expect, test } from 'vitest';
import { nearest, parseStanza } from './archive.ts';
import { parseDepends } from './deb.ts';

/** `apt-cache show` of Debian 12, shortened where a line says "Description". */
const META = `Package: linux-image-cloud-amd64
Source: linux-signed-amd64 (6.1.192+2)
Version: 6.1.192-2
Installed-Size: 13
Architecture: amd64
Provides: linux-latest-modules-6.1.0-56-cloud-amd64, virtualbox-guest-modules, wireguard-modules (= 1.0.0)
Depends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)
Description: Linux for x86-64 cloud (meta-package)
 This package depends on the latest Linux kernel and modules.
 .
 Depends: is no field here.
Filename: pool/updates/main/l/linux-signed-amd64/linux-image-cloud-amd64_6.1.192-2_amd64.deb
Size: 1480
SHA256: 00be21c0c17f08ddf26e82d3b53fe7a41efa4a288938da6bb69e89c4b25c281d

Package: linux-image-cloud-amd64
Version: 6.1.176-1
Depends: linux-image-6.1.0-50-cloud-amd64 (= 6.1.176-1)
`;

test('the first stanza of apt-cache show tells where a package is and what it depends on', () => {
  expect(parseStanza(META)).toEqual({
    name: 'linux-image-cloud-amd64',
    version: '6.1.192-2',
    depends: [{ name: 'linux-image-6.1.0-56-cloud-amd64', version: '6.1.192-2' }],
    file: 'pool/updates/main/l/linux-signed-amd64/linux-image-cloud-amd64_6.1.192-2_amd64.deb',
    sha256: '00be21c0c17f08ddf26e82d3b53fe7a41efa4a288938da6bb69e89c4b25c281d',
    bytes: 1480,
  });
});

test('no stanza, no package', () => {
  expect(parseStanza('')).toBeUndefined();
});

describe('a Depends field', () => {
  test.each([
    ['linux-image-6.12.117+deb12-cloud-amd64 (= 6.12.117-1~deb12u1)', [['linux-image-6.12.117+deb12-cloud-amd64', '6.12.117-1~deb12u1']]],
    [
      'kmod, linux-base (>= 4.3~), initramfs-tools (>= 0.120+deb8u2) | linux-initramfs-tool',
      [
        ['kmod', undefined],
        ['linux-base', undefined],
        ['initramfs-tools', undefined],
        ['linux-initramfs-tool', undefined],
      ],
    ],
    ['python3:any', [['python3', undefined]]],
    ['', []],
  ])('%s', (field, expected) => {
    expect(parseDepends(field).map(({ name, version }) => [name, version])).toEqual(expected);
  });
});

test.each([
  ['linux-image-cloud-amd46', 'linux-image-cloud-amd64'],
  ['linux-image-6.13-cloud-amd64', 'linux-image-6.12-cloud-amd64'],
  ['linux-image-amd64-dbg', 'linux-image-amd64'],
])('the package nearest to %s is %s', (asked, name) => {
  const names = [
    'linux-image-amd64-dbg',
    'linux-image-amd64',
    'linux-image-6.12-cloud-amd64',
    'linux-image-cloud-amd64-dbg',
    'linux-image-cloud-amd64',
  ];
  expect(nearest(asked, names)).toBe(name);
});

test('an archive without kernels has no nearest one', () => {
  expect(nearest('linux-image-amd64', [])).toBeUndefined();
});
