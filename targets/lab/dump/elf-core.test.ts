import { describe, expect, it } from 'vitest';
import { layOutCore, notesOf } from './elf-core.ts';

const NOTES = Buffer.from('notes of processors, and VMCOREINFO');
const RAM = [
  { paddr: 0, bytes: 0xc3000 },
  { paddr: 0x100000, bytes: 0x7ff00000 },
  { paddr: 0x1_0000_0000, bytes: 700 * 2 ** 30 },
];

/** A field of the file's header or of a program header, by its place in elf(5). */
const field = (head: Buffer, at: number, bytes: 2 | 4 | 8): number =>
  bytes === 8 ? Number(head.readBigUInt64LE(at)) : head.readUIntLE(at, bytes);

describe('a core of a large machine', () => {
  const { head, bytes, offsetOf } = layOutCore(NOTES, RAM);

  it.each([
    ['e_ident: 64 bits', 4, 2, 0x0102],
    ['e_ident: version', 6, 2, 1],
    ['e_type: ET_CORE', 16, 2, 4],
    ['e_machine: EM_X86_64', 18, 2, 62],
    ['e_version', 20, 4, 1],
    ['e_phoff', 32, 8, 64],
    ['e_ehsize', 52, 2, 64],
    ['e_phentsize', 54, 2, 56],
    ['e_phnum', 56, 2, 4],
    ['e_shnum', 60, 2, 0],
    ['PT_NOTE', 64, 4, 4],
    ['its p_offset', 64 + 8, 8, 64 + 4 * 56],
    ['its p_filesz', 64 + 32, 8, NOTES.length],
    ['PT_LOAD', 64 + 3 * 56, 4, 1],
    ['its p_offset', 64 + 3 * 56 + 8, 8, 4096 + 0xc3000 + 0x7ff00000],
    ['its p_vaddr', 64 + 3 * 56 + 16, 8, 0],
    ['its p_paddr', 64 + 3 * 56 + 24, 8, 0x1_0000_0000],
    ['its p_filesz', 64 + 3 * 56 + 32, 8, 700 * 2 ** 30],
    ['its p_memsz', 64 + 3 * 56 + 40, 8, 700 * 2 ** 30],
  ] as [string, number, 2 | 4 | 8, number][])('has %s at %i', (_, at, size, value) => {
    expect(head.toString('latin1', 0, 4)).toBe('\x7fELF');
    expect(field(head, at, size)).toBe(value);
  });

  it('is as large as its memory, and holds little before that', () => {
    expect(head.length).toBe(4096);
    expect(bytes).toBe(4096 + 0xc3000 + 0x7ff00000 + 700 * 2 ** 30);
  });

  it.each([
    [0, 4096],
    [0xc2fff, 4096 + 0xc2fff],
    [0x100000, 4096 + 0xc3000],
    [0x1_0000_0000 + 5, 4096 + 0xc3000 + 0x7ff00000 + 5],
  ])('has physical address %i at %i', (paddr, offset) => {
    expect(offsetOf(paddr)).toBe(offset);
  });

  it('has no place for what is not RAM', () => {
    expect(() => offsetOf(0xc3000)).toThrow(RangeError);
  });

  it('gives its notes back', () => {
    expect(notesOf(head).equals(NOTES)).toBe(true);
  });
});

it('takes notes from nothing else', () => {
  expect(() => notesOf(Buffer.from('KDUMP   '))).toThrow('not an ELF file');
  const { head } = layOutCore(NOTES, []);
  head.writeUInt16LE(0, 56);
  expect(() => notesOf(head)).toThrow('without notes');
});
