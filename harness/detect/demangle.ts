/**
 * Symbols of Rust code in the kernel, as a person would write them: the v0 scheme of RFC 2603, without generic arguments, lifetimes and
 * closures' numbers. `_RNvMs2_NtCs9_11rust_binder7processNtB5_7Process10update_ref` is `<rust_binder::process::Process>::update_ref`.
 */

const BASIC_TYPES: Readonly<Record<string, string>> = {
  a: 'i8',
  b: 'bool',
  c: 'char',
  d: 'f64',
  e: 'str',
  f: 'f32',
  h: 'u8',
  i: 'isize',
  j: 'usize',
  l: 'i32',
  m: 'u32',
  n: 'i128',
  o: 'u128',
  p: '_',
  s: 'i16',
  t: 'u16',
  u: '()',
  x: 'i64',
  y: 'u64',
  z: '!',
};

/** The symbol is not of this scheme, or uses a part of it that names no function. */
class Unreadable extends Error {}

/** A name in its source form; any other name as it is. */
export function demangle(symbol: string): string {
  // C++ is no language of the kernel, but a name with its length before it reads itself
  const simple = /^_Z(?<length>\d+)(?<rest>[A-Za-z_]\w*)$/.exec(symbol)?.groups;
  if (simple !== undefined) return simple.rest?.slice(0, Number(simple.length)) || symbol;
  if (!symbol.startsWith('_R')) return symbol;
  try {
    return new Reader(symbol.slice(2)).path();
  } catch (error) {
    if (error instanceof Unreadable) return symbol;
    throw error;
  }
}

const DEPTH_LIMIT = 64;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  path(): string {
    this.#depth += 1;
    if (this.#depth > DEPTH_LIMIT) throw new Unreadable();
    const read = this.#path();
    this.#depth -= 1;
    return read;
  }

  #path(): string {
    switch (this.#next()) {
      case 'C':
        return this.#identifier();
      case 'M':
        this.#implementation();
        return `<${this.#type()}>`;
      case 'X':
        this.#implementation();
        return `<${this.#type()} as ${this.path()}>`;
      case 'Y':
        return `<${this.#type()} as ${this.path()}>`;
      case 'N': {
        const space = this.#next();
        const parent = this.path();
        const name = this.#identifier();
        return `${parent}::${space === 'C' ? '{closure}' : name}`;
      }
      case 'I': {
        const generic = this.path();
        while (!this.#eat('E')) this.#argument();
        return generic;
      }
      case 'B':
        return this.#back(() => this.path());
      default:
        throw new Unreadable();
    }
  }

  /** Where the impl stands: read, not shown. */
  #implementation(): void {
    this.#disambiguator();
    this.path();
  }

  #argument(): void {
    if (this.#eat('L')) this.#base62();
    else if (this.#eat('K')) throw new Unreadable();
    else this.#type();
  }

  #type(): string {
    const tag = this.#text[this.#at] ?? '';
    const basic = BASIC_TYPES[tag];
    if (basic !== undefined) {
      this.#at += 1;
      return basic;
    }
    if (this.#eat('B')) return this.#back(() => this.#type());
    if (this.#eat('R') || this.#eat('Q')) {
      if (this.#eat('L')) this.#base62();
      return `&${tag === 'Q' ? 'mut ' : ''}${this.#type()}`;
    }
    if (this.#eat('P')) return `*const ${this.#type()}`;
    if (this.#eat('O')) return `*mut ${this.#type()}`;
    if (this.#eat('S')) return `[${this.#type()}]`;
    return this.path();
  }

  #back<T>(read: () => T): T {
    const from = this.#at - 1;
    const target = this.#base62();
    if (target >= from) throw new Unreadable();
    const after = this.#at;
    this.#at = target;
    const found = read();
    this.#at = after;
    return found;
  }

  #identifier(): string {
    this.#disambiguator();
    this.#eat('u');
    const digits = /^\d+/.exec(this.#text.slice(this.#at))?.[0];
    if (digits === undefined) throw new Unreadable();
    this.#at += digits.length;
    this.#eat('_');
    const name = this.#text.slice(this.#at, this.#at + Number(digits));
    this.#at += Number(digits);
    return name;
  }

  #disambiguator(): void {
    if (this.#eat('s')) this.#base62();
  }

  /** `_` is 0, `0_` is 1, and so on. */
  #base62(): number {
    const digits = /^([0-9a-zA-Z]*)_/.exec(this.#text.slice(this.#at))?.[1];
    if (digits === undefined) throw new Unreadable();
    this.#at += digits.length + 1;
    const values = [...digits].map((digit) => '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(digit));
    return digits === '' ? 0 : values.reduce((sum, value) => sum * 62 + value, 0) + 1;
  }

  #next(): string {
    this.#at += 1;
    return this.#text[this.#at - 1] ?? '';
  }

  #eat(tag: string): boolean {
    const found = this.#text[this.#at] === tag;
    if (found) this.#at += 1;
    return found;
  }
}
