import { describe, expect, it } from 'vitest';
import { logParser } from './nbdkit-log.ts';

/** nbdkit 1.32.5 with the filters log and error, and qemu-io 7.2 as its client. */
const LOG = `2026-11-25 21:53:01.524526 Ready thread_model=3
2026-11-25 21:53:01.926372 Preconnect id=1 readonly=0 ...
2026-11-25 21:53:01.926397 ...Preconnect id=1 return=0
2026-11-25 21:53:01.926604 ListExports id=1 readonly=0 tls=0 ...
2026-11-25 21:53:01.926616 ...ListExports id=1 exports=("") return=0
2026-11-25 21:53:01.926742 connection=1 Connect export="" tls=0 size=0x1000000 minsize=0x0 prefsize=0x0 maxsize=0x0 write=1 flush=1 rotational=0 trim=1 zero=2 fua=2 extents=1 cache=2 fast_zero=0
2026-11-25 21:53:02.145425 connection=1 Write id=1 offset=0x2000 count=0x1000 fua=1 ...
2026-11-25 21:53:02.145896 connection=1 ...Write id=1 return=0
2026-11-25 21:53:02.146849 connection=1 Flush id=6 ...
2026-11-25 21:53:02.146898 connection=1 ...Flush id=6 return=0
2026-11-25 21:53:02.146988 connection=1 Read id=7 offset=0x0 count=0x1000 ...
2026-11-25 21:53:02.147013 connection=1 ...Read id=7 return=-1 error=ENOSPC
2026-11-25 21:53:02.147442 connection=1 Extents id=10 offset=0x0 count=0x1000000 req_one=1 ...
2026-11-25 21:53:02.147458 connection=1 ...Extents id=10 extents=(0x0 0x1000000 "hole,zero") return=0
2026-11-25 21:53:02.148244 connection=1 Disconnect transactions=11`;

const parse = (text: string) => {
  const parser = logParser();
  return text.split('\n').flatMap((line) => parser(line) ?? []);
};

describe("nbdkit's log of requests", () => {
  it('gives each request and each reply, and nothing of what is not one', () => {
    const second_ms = Date.UTC(2026, 10, 25, 21, 53, 2);
    const seen = parse(LOG).map(({ at_ms, ...rest }) => ({ ...rest, after_us: Math.round((at_ms - second_ms) * 1000) }));
    expect(seen).toEqual([
      { what: 'request', op: 'write', id: 1, connection: 1, offset: 8192, bytes: 4096, after_us: 145_425 },
      { what: 'reply', op: 'write', id: 1, connection: 1, after_us: 145_896 },
      { what: 'request', op: 'flush', id: 6, connection: 1, after_us: 146_849 },
      { what: 'reply', op: 'flush', id: 6, connection: 1, after_us: 146_898 },
      { what: 'request', op: 'read', id: 7, connection: 1, offset: 0, bytes: 4096, after_us: 146_988 },
      { what: 'reply', op: 'read', id: 7, connection: 1, failed: 'ENOSPC', after_us: 147_013 },
      { what: 'request', op: 'extents', id: 10, connection: 1, offset: 0, bytes: 16_777_216, after_us: 147_442 },
      { what: 'reply', op: 'extents', id: 10, connection: 1, after_us: 147_458 },
    ]);
  });

  it('counts connections on where the server was started again', () => {
    expect(parse(`${LOG}\n${LOG}`).map(({ connection }) => connection)).toEqual([...Array(8).fill(1), ...Array(8).fill(2)]);
  });

  it('leaves out what was cut off as the server died, wherever that was', () => {
    for (const line of LOG.split('\n').filter((each) => /(Write|Read) id/.test(each))) {
      const whole = parse(line);
      expect(whole).toHaveLength(1);
      for (let at = 0; at < line.length; at += 1) {
        const [found] = parse(line.slice(0, at));
        // of a reply's error its end alone cannot be missed
        if (found !== undefined) expect({ ...found, failed: undefined }).toEqual({ ...whole[0], failed: undefined });
      }
    }
  });
});
