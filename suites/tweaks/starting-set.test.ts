import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Vector } from '../flood/vector.ts';
import { VECTORS } from '../flood/vectors.ts';

const text = readFileSync(join(import.meta.dirname, 'starting-set.yaml'), 'utf8');
const { variants } = parse(text) as { variants: Record<string, Record<string, unknown>> };

/** These take a defence, or what is attacked, to its end, whatever the vector chose of the other values. */
const ON_PURPOSE = ['net.ipv6.conf.front.accept_ra', 'net.ipv4.tcp_syncookies'];

describe('the starting set', () => {
  it('changes nothing that a vector sets itself: it would be compared with that, and not with the host as it is', () => {
    const steps = Object.values<Vector>(VECTORS).flatMap((vector) => vector.paths.flatMap((path) => vector.prepare(path)));
    // `NAME = VALUE`, see suites/flood/vectors/evidence.ts
    const set = new Set(steps.flatMap(({ name }) => (/^\S+(?= = )/.exec(name) ?? []) as string[]));
    expect(set).toContain('net.ipv6.ip6frag_time');
    for (const [name, tweaks] of Object.entries(variants))
      expect({ name, both: Object.keys(tweaks).filter((tweak) => set.has(tweak) && !ON_PURPOSE.includes(tweak)) }).toEqual({
        name,
        both: [],
      });
  });
});
