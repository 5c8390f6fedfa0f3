import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consoleLine } from './console-text.ts';

describe('a line of a console', () => {
  it.each([
    ['\u001b[0;1;31m[FAILED]\u001b[0m start\r', '[FAILED] start'],
    ['\u001b]0;title\u0007prompt\u001b[K', 'prompt'],
    ['\tindented\t\u0007', '    indented'],
    ['a \u202e b \u200b c', 'a  b  c'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
  ])('%j becomes %j', (said, shown) => {
    expect(consoleLine(Buffer.from(said))).toBe(shown);
  });

  it('never holds what a terminal or a browser would obey, whatever a machine says, and is never long', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        const line = consoleLine(Buffer.from(bytes));
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect(line.length).toBeLessThanOrEqual(1002);
      }),
    );
  });
});
