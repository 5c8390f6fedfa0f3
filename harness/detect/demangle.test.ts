import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demangle } from './demangle.ts';

describe('a demangled name', () => {
  it.each([
    [
      '_RNvNtNtCs9jEwPDbx20M_4core9panicking11panic_const24panic_const_sub_overflow',
      'core::panicking::panic_const::panic_const_sub_overflow',
    ],
    ['_RNvMs3_NtCshgDM7dBCdno_11rust_binder7processNtB5_7Process10update_ref', '<rust_binder::process::Process>::update_ref'],
    [
      '_RNvXCsktjF9JQNZ8U_5rnullNtB2_13NullBlkModuleNtCs43vyB533jt3_6kernel13InPlaceModule4init',
      '<rnull::NullBlkModule as kernel::InPlaceModule>::init',
    ],
    ['_Z8fakeNameiii', 'fakeName'],
  ])('%s', (symbol, name) => {
    expect(demangle(symbol)).toBe(name);
  });

  it('is the name itself in C, and where nothing can be read', () => {
    for (const name of ['tcp_ack', '_RNv', '_RB_', '_Z', '_ZN3foo']) expect(demangle(name)).toBe(name);
  });

  it('is a text whatever comes in', () => {
    fc.assert(
      fc.property(fc.string(), (tail) => typeof demangle(`_R${tail}`) === 'string' && typeof demangle(`_RNvB${tail}`) === 'string'),
    );
  });
});
