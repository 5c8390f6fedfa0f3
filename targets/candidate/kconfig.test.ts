import { expect, test } from 'vitest';
import { parseKconfig } from './kconfig.ts';

test('a configuration is what is set, without quotes', () => {
  const text = `#
# Automatically generated file; DO NOT EDIT.
# Linux/x86 6.1.192 Kernel Configuration
#
CONFIG_CC_VERSION_TEXT="gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0"
CONFIG_LOCALVERSION=""
CONFIG_HZ=250
CONFIG_BLK_DEV_NBD=m
CONFIG_EXT4_FS=y
CONFIG_PHYSICAL_START=0x1000000
CONFIG_CMDLINE="dyndbg=\\"file x.c +p\\" quiet"
# CONFIG_CMDLINE_OVERRIDE is not set
`;
  expect(Object.fromEntries(parseKconfig(text))).toEqual({
    CONFIG_CC_VERSION_TEXT: 'gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0',
    CONFIG_LOCALVERSION: '',
    CONFIG_HZ: '250',
    CONFIG_BLK_DEV_NBD: 'm',
    CONFIG_EXT4_FS: 'y',
    CONFIG_PHYSICAL_START: '0x1000000',
    CONFIG_CMDLINE: 'dyndbg="file x.c +p" quiet',
  });
});

test('no text, no settings', () => {
  expect(parseKconfig('').size).toBe(0);
});
