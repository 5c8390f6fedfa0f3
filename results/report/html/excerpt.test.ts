import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerptOf } from './excerpt.ts';

const at = (line: number, endLine: number, text: string) => {
  const lines = text.split('\n');
  return {
    line,
    endLine,
    byteOffset: Buffer.byteLength(lines.slice(0, line - 1).join('\n')) + (line > 1 ? 1 : 0),
    report: ['from the record'],
  };
};

describe('an excerpt of a console', () => {
  const text = Array.from({ length: 30 }, (_, number) => `line ${number + 1}`).join('\r\n');

  it('is the lines of the event, marked, and six on both sides', () => {
    const { lines, fromRecord, left } = excerptOf(at(10, 12, text), Buffer.from(text));
    expect(lines.map(({ number }) => number)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
    expect(lines.filter(({ marked }) => marked).map(({ text: each }) => each)).toEqual(['line 10', 'line 11', 'line 12']);
    expect([fromRecord, left]).toEqual([false, 0]);
  });

  it('ends where the console begins or ends', () => {
    expect(excerptOf(at(1, 1, text), Buffer.from(text)).lines[0]).toEqual({ number: 1, text: 'line 1', marked: true });
    expect(excerptOf(at(30, 30, text), Buffer.from(text)).lines.at(-1)).toEqual({ number: 30, text: 'line 30', marked: true });
  });

  it('takes the lines of the record where there is no console, or a shorter one', () => {
    for (const console of [undefined, Buffer.from('short')])
      expect(excerptOf(at(10, 12, text), console)).toEqual({
        lines: [{ number: 10, text: 'from the record', marked: true }],
        left: 0,
        fromRecord: true,
      });
  });

  it('cuts long reports and long lines, and says of how many lines it did', () => {
    const long = Array.from({ length: 300 }, () => 'ä'.repeat(5000)).join('\n');
    const { lines, left } = excerptOf(at(20, 219, long), Buffer.from(long));
    expect(left).toBe(120);
    expect(lines.filter(({ marked }) => marked).length).toBe(80);
    expect(lines.every(({ text: each }) => each === `${'ä'.repeat(300)}…`)).toBe(true);
  });

  it('is what a reader would count off by hand, whatever stands in the console', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary', maxLength: 12 }).map((each) => each.replaceAll(/[\r\n]/g, ' ')),
          { minLength: 1, maxLength: 40 },
        ),
        fc.nat(),
        fc.nat(5),
        (all, where, more) => {
          const line = 1 + (where % all.length);
          const whole = all.join('\n');
          const end = Math.min(all.length, line + more);
          const { lines } = excerptOf({ ...at(line, end, whole), report: [''] }, Buffer.from(`${whole}\n`));
          // a string is no bytes: what is no character becomes one that says so
          const read = Buffer.from(whole).toString('utf8').split('\n');
          expect(lines.map(({ number, text: each }) => [number, each])).toEqual(
            read
              .map((each, index) => [index + 1, each.replace(/^\ufeff/, '')] as const)
              .slice(Math.max(0, line - 7), end + 6)
              .map(([number, each]) => [number, each]),
          );
        },
      ),
    );
  });
});
