import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import { failedRun } from '../../results/report/html/report.sample.ts';
import { sampleRun, sampleTrial } from '../../results/store/run.sample.ts';
import { Store } from '../../results/store/store.ts';
import { createApp, type Parts } from './app.ts';
import { emptyModel, take } from './client/run-model.ts';
import type { ComparePage, Frame, LiveList, RunDetail, RunPage, TrendPage } from './protocol.ts';
import { beginRun, finishRun, rehearse, rehearsedRun, TRIALS, writeSteps } from './rehearsal.testing.ts';
import { RunIndex } from './run-index.ts';
import { sideBySide } from './side-by-side.ts';
import { Stored } from './stored.ts';

const base = mkdtempSync(join(tmpdir(), 'serve-'));
afterAll(() => rmSync(base, { recursive: true }));

const ends: AbortController[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end.abort();
});

function serve(roots: readonly string[], change: Partial<Parts> = {}): Hono {
  const end = new AbortController();
  ends.push(end);
  const index = new RunIndex(roots, { leased: () => [] });
  return createApp({ index, stored: new Stored({ kind: 'none' }), compare: sideBySide, token: undefined, signal: end.signal, ...change });
}

const get = async (app: Hono, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  app.request(path, { headers: { host: '127.0.0.1:7600', ...headers } });
const json = async <T>(app: Hono, path: string): Promise<T> => (await get(app, path)).json() as Promise<T>;

/** What a stream of events sends, one by one. */
async function* events(response: Response): AsyncGenerator<{ event: string; data: unknown }> {
  let text = '';
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/s).slice(0, 2)),
      );
      text = text.slice(end + 2);
      yield { event: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

/** A finished run in a directory, with everything that a run leaves. */
function finished(name: string, id = name): string {
  const dir = join(base, name);
  const run = rehearsedRun(id);
  beginRun(dir, run);
  writeSteps(dir, rehearse());
  finishRun(dir, run);
  return dir;
}

describe('the door', () => {
  const app = serve([finished('door')]);

  it('is open to whoever comes by the name of this machine, and shut to a page whose name was made to point here', async () => {
    for (const host of ['127.0.0.1:7600', 'localhost', 'LOCALHOST:8080', '[::1]:7600', '127.1.2.3'])
      expect((await get(app, '/', { host })).status).toBe(200);
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.0.2.1', '', '[::2]:80', 'a b'])
      for (const path of ['/', '/api/runs', '/client/main.ts', '/api/runs/door/files/run.json'])
        expect((await get(app, path, { host })).status).toBe(421);
  });

  it('lets nothing be changed', async () => {
    for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect((await app.request('/api/live', { method, headers: { host: 'localhost' } })).status).toBe(405);
  });

  it('sends every answer with a policy that allows no script, style or frame but its own files', async () => {
    for (const path of ['/', '/runs/x', '/api/runs', '/client/main.ts', '/vendor/uplot.js', '/nowhere', '/api/runs/none']) {
      const { headers } = await get(app, path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'sha256-[^']+'; style-src 'self';/);
      expect(policy).toContain("require-trusted-types-for 'script'; trusted-types 'none'");
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('gives the page and its files, and these only once', async () => {
    for (const path of ['/', '/trends', '/compare', '/runs/any%2Frun'])
      expect(await (await get(app, path)).text()).toMatch(/^<!doctype html>/);
    const script = await get(app, '/client/main.ts');
    expect(script.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(await script.text()).not.toMatch(/import type|: View\b/);
    const tag = script.headers.get('etag') ?? '';
    expect((await get(app, '/client/main.ts', { 'if-none-match': tag })).status).toBe(304);
    for (const path of ['/client/../app.ts', '/client/format.test.ts', '/client/tsconfig.json', '/client/%2e%2e%2fapp.ts', '/vendor/x'])
      expect((await get(app, path)).status).toBe(404);
  });
});

describe('the door with a token', () => {
  const token = 'a-token-of-the-tests-0123456789';
  const app = serve([], { token });

  it('stays shut without it, at every address', async () => {
    for (const path of ['/', '/api/runs', '/client/main.ts', '/?token=', '/?token=a-token-of-the-tests-012345678', `/?token=${token}x`]) {
      const response = await get(app, path);
      expect([response.status, response.headers.get('set-cookie')]).toEqual([401, null]);
    }
    expect((await get(app, '/api/runs', { cookie: 'stormproof-00000000=x' })).status).toBe(401);
  });

  it('opens for the address with it, which leads to the one without, and from then on for the cookie that no script can read', async () => {
    const first = await get(app, `/runs/x?trial=a+b&token=${token}`, { host: 'lab.example:7600' });
    expect([first.status, first.headers.get('location')]).toEqual([303, '/runs/x?trial=a+b']);
    const cookie = first.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Lax/);
    const [pair = ''] = cookie.split(';');
    expect((await get(app, '/api/runs', { cookie: pair })).status).toBe(200);
    expect((await get(app, '/api/runs', { cookie: `${pair}x` })).status).toBe(401);
  });

  it.each(['a+token/with=all+that/it~may.have==', '++++++++++++++++', 'a-token.of_words~only'])(
    'takes "%s" however it was written',
    async (odd) => {
      const other = serve([], { token: odd });
      for (const written of [odd, encodeURIComponent(odd), new URLSearchParams({ token: odd }).toString().slice('token='.length)]) {
        const opened = await get(other, `/?token=${written}`);
        expect([opened.status, opened.headers.get('location')]).toEqual([303, '/']);
        const [pair = ''] = (opened.headers.get('set-cookie') ?? '').split(';');
        expect((await get(other, '/', { cookie: pair })).status).toBe(200);
      }
    },
  );

  it.each(['//evil.example/', '/\\evil.example/', '/%5cevil.example', '///evil.example'])('leads nowhere else from "%s"', async (path) => {
    const location = (await get(app, `${path}?token=${token}`)).headers.get('location') ?? '//';
    expect(new URL(location, 'http://lab.example:7600').host).toBe('lab.example:7600');
  });
});

describe('the list of runs', () => {
  it('has a thousand of them page by page, newest first, each once', async () => {
    const dir = join(base, 'thousand');
    for (let night = 0; night < 1000; night += 1) {
      mkdirSync(join(dir, String(night)), { recursive: true });
      writeFileSync(join(dir, String(night), 'run.json'), JSON.stringify(sampleRun(night, { trials: [sampleTrial(night, 0)] })));
    }
    const app = serve([dir]);
    const ids: string[] = [];
    for (let offset = 0; offset < 1000; offset += 300) {
      const { runs, total } = await json<RunPage>(app, `/api/runs?offset=${offset}&limit=300`);
      expect(total).toBe(1000);
      ids.push(...runs.map(({ id }) => id));
    }
    expect(ids).toEqual(Array.from({ length: 1000 }, (_, at) => sampleRun(999 - at).id));
    const beyond = await json<RunPage>(app, '/api/runs?offset=5000');
    expect([beyond.runs.length, beyond.total]).toEqual([0, 1000]);
    expect((await json<RunPage>(app, '/api/runs?offset=-1&limit=x')).runs).toHaveLength(50);
    expect((await json<RunPage>(app, '/api/runs?limit=999999')).runs).toHaveLength(500);
    const some = await json<RunPage>(
      app,
      `/api/runs?kernel=${encodeURIComponent('6.18.0-rc3+')}&q=NIGHTLY&verdict=pass&suite=ipv6-flood&limit=1`,
    );
    const alike = Array.from({ length: 1000 }, (_, night) => night).filter(
      (night) => night % 3 === 2 && sampleRun(night).verdict === 'pass',
    );
    expect([some.total, some.runs[0]?.id]).toEqual([alike.length, sampleRun(alike.at(-1) as number).id]);
    expect((await json<RunPage>(app, '/api/runs?q=no-such-words')).total).toBe(0);
  });

  it('joins what is here with what is in the store, and says so where that cannot be read', async () => {
    const path = join(base, 'store', 'runs.sqlite');
    await using stored = new Stored({ kind: 'sqlite', path });
    const here = join(base, 'joined');
    mkdirSync(here);
    writeFileSync(join(here, 'run.json'), JSON.stringify(sampleRun(3)));
    const app = serve([here], { stored });
    expect(await json<RunPage>(app, '/api/runs')).toMatchObject({ total: 1, problem: null });
    expect((await json<TrendPage>(app, '/api/trends')).problem).toBe('No run is in the store yet.');
    expect(() => readFileSync(path)).toThrow('ENOENT'); // looking at it does not make it

    {
      await using store = await Store.open({ kind: 'sqlite', path });
      for (const night of [1, 3, 4, 7]) await store.add(sampleRun(night));
    }
    await using fresh = new Stored({ kind: 'sqlite', path });
    const both = serve([here], { stored: fresh });
    const { runs } = await json<RunPage>(both, '/api/runs');
    expect(runs.map(({ id, here: found }) => [id, found])).toEqual([7, 4, 3, 1].map((night) => [sampleRun(night).id, night === 3]));
    expect(await json<RunDetail>(both, `/api/runs/${sampleRun(4).id}`)).toMatchObject({ record: sampleRun(4), directory: null, files: [] });
    const trends = await json<TrendPage>(both, '/api/trends?measure=boot&suite=storage-cutoff');
    expect(trends).toMatchObject({ measure: 'boot', problem: null, suites: ['io-storm', 'ipv6-flood', 'storage-cutoff'] });
    expect(trends.trends.flatMap(({ suite, points }) => points.map(({ run }) => [suite, run]))).toContainEqual([
      'storage-cutoff',
      sampleRun(7).id,
    ]);
    expect(new Set(trends.trends.map(({ suite }) => suite))).toEqual(new Set(['storage-cutoff']));

    const broken = join(base, 'broken.sqlite');
    writeFileSync(broken, 'this is no database, but long enough to be looked at as one. '.repeat(100));
    await using damaged = new Stored({ kind: 'sqlite', path: broken });
    const without = await json<RunPage>(serve([here], { stored: damaged }), '/api/runs');
    expect([without.total, without.problem]).toEqual([1, expect.stringContaining('broken.sqlite')]);
  });
});

describe('a run', () => {
  const dir = finished('whole');
  writeFileSync(join(dir, 'report.html'), '<!doctype html><script>1</script>');
  writeFileSync(join(dir, 'vmcore.bin'), 'x');
  writeFileSync(join(base, 'secret.txt'), 'secret');
  symlinkSync(join(base, 'secret.txt'), join(dir, 'link.txt'));
  symlinkSync(base, join(dir, 'artefacts'));
  let app: Hono;
  beforeAll(() => {
    app = serve([dir]);
  });

  it('has its record, and those of its files that a browser shows', async () => {
    const { record, files, summary } = await json<RunDetail>(app, '/api/runs/whole');
    expect(record?.trials.map(({ verdict }) => verdict)).toEqual(['pass', 'fail']);
    expect(summary).toMatchObject({ state: 'finished', verdict: 'fail', trials: { pass: 1, fail: 1 } });
    const consoles = ['ipv6-flood.udp-66.head', 'storage-cutoff.cut.tenant1', 'storage-cutoff.cut.tenant2'].map(
      (name) => `console/${name}.log`,
    );
    expect(files).toEqual(['history.jsonl', 'report.html', 'run.json', ...consoles]);
  });

  it('gives its report in an origin of its own, without any network', async () => {
    const response = await get(app, '/api/runs/whole/files/report.html');
    expect(await response.text()).toContain('<script>');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^sandbox allow-scripts; default-src 'none';/);
    expect(policy).not.toMatch(/allow-same-origin|connect-src|\*/);
    const log = await get(app, '/api/runs/whole/files/console/ipv6-flood.udp-66.head.log');
    expect([log.headers.get('content-type'), (await log.text()).split('\n')[0]]).toEqual([
      'text/plain; charset=utf-8',
      expect.stringContaining('Linux version'),
    ]);
  });

  it.each([
    '../secret.txt',
    '..%2fsecret.txt',
    '%2e%2e/secret.txt',
    'console/../../secret.txt',
    'console/..%2f..%2fsecret.txt',
    'link.txt',
    'artefacts/secret.txt',
    'vmcore.bin',
    'console',
    '/etc/passwd',
    '%2fetc%2fpasswd',
    'run.json%00',
    '',
  ])('gives no file at "%s"', async (path) => {
    const response = await get(app, `/api/runs/whole/files/${path}`);
    expect([response.status, await response.text()]).toEqual([404, expect.not.stringContaining('secret')]);
  });

  it.each(['none', '..', '%2e%2e', '..%2fwhole', '%00', '__proto__'])('of the name "%s" is not there', async (id) => {
    for (const path of ['', '/stream', '/files/run.json']) expect((await get(app, `/api/runs/${id}${path}`)).status).toBe(404);
  });

  it('is compared with another one', async () => {
    const two = serve([dir, finished('second')]);
    const page = await json<ComparePage>(two, '/api/compare?a=whole&b=second');
    // the two are alike: every figure is the same, and so is what can be divided
    const { measures } = page.comparison;
    expect(measures).toHaveLength(4);
    for (const { a, b, ratio } of measures) expect([b, ratio]).toEqual([a, a === 0 ? null : 1]);
    expect(measures.find(({ ratio }) => ratio !== null)).toMatchObject({ measure: 'recovery of storage', ratio: 1 });
    expect(page.comparison.events.find(({ class: family }) => family === 'hang')).toMatchObject({ a: 2, b: 2 });
    for (const query of ['', '?a=whole', '?a=whole&b=none']) expect((await get(two, `/api/compare${query}`)).status).toBe(404);
  });
});

describe('a run that is watched', () => {
  it('is told from its beginning to its verdict, also to a second one who comes later, and then the stream ends', async () => {
    const dir = join(base, 'watched');
    const run = rehearsedRun('watched');
    beginRun(dir, run);
    const steps = rehearse();
    const app = serve([dir]);
    const [first, late] = [emptyModel(), emptyModel()];
    const consoles = new Map<string, string[]>();
    const states: string[] = [];
    let second: Promise<void> | undefined;
    const follow = async (): Promise<void> => {
      for await (const { data } of events(await get(app, '/api/runs/watched/stream?trial='))) take(late, data as Frame);
    };
    for await (const { event, data } of events(await get(app, '/api/runs/watched/stream?trial='))) {
      expect(event).toBe('frame');
      const frame = data as Frame;
      take(first, frame);
      states.push(frame.state);
      for (const { file, lines } of frame.consoles) consoles.set(file, [...(consoles.get(file) ?? []), ...lines.map(([, text]) => text)]);
      writeSteps(dir, steps.splice(0, 700));
      if (steps.length === 0 && second === undefined) {
        second = follow();
        finishRun(dir, run);
      }
    }
    await second;
    expect(states[0]).toBe('under way');
    expect(first.frame).toMatchObject({ done: true, state: 'finished', damaged: 0, planned: 2 });
    expect(first.trials.map(({ name }) => name)).toEqual(TRIALS);
    for (const of of ['trials', 'series', 'marks', 'events'] as const) expect(late[of]).toEqual(first[of]);
    const log = readFileSync(join(dir, 'console', 'storage-cutoff.cut.tenant1.log'), 'utf8')
      .split('\r\n')
      .slice(0, -1);
    expect(consoles.get('storage-cutoff.cut.tenant1.log')).toEqual(log);
  });

  it('goes on where it had been silent for so long that it was thought to be broken off', async () => {
    const dir = join(base, 'silent');
    const run = rehearsedRun('silent');
    beginRun(dir, run);
    const steps = rehearse();
    const clock = { now: Date.now() };
    const app = serve([dir], { index: new RunIndex([dir], { leased: () => [], now: () => clock.now }) });
    const model = emptyModel();
    const follow = async (until: (frame: Frame) => boolean): Promise<Frame> => {
      for await (const { data } of events(await get(app, '/api/runs/silent/stream'))) {
        take(model, data as Frame);
        if (until(data as Frame)) return data as Frame;
      }
      return model.frame as Frame;
    };
    writeSteps(dir, steps.splice(0, 300));
    clock.now += 600_000;
    expect(await follow(() => false)).toMatchObject({ state: 'broken off', done: true });
    expect(model.trials).toHaveLength(1);

    writeSteps(dir, steps.splice(0));
    clock.now += 60_000;
    utimesSync(join(dir, 'history.jsonl'), clock.now / 1000, clock.now / 1000);
    expect(await follow(() => model.trials[1]?.verdict === 'fail')).toMatchObject({ state: 'under way', done: false });

    finishRun(dir, run);
    clock.now += 2000;
    expect(await follow(() => false)).toMatchObject({ state: 'finished', done: true });
    // and judged anew, as whoever knows more may
    writeFileSync(join(dir, 'run.json'), JSON.stringify({ ...finishRun(dir, run), reasons: ['known better'] }));
    clock.now += 60_000;
    let reasons: readonly string[] = [];
    await follow(({ record }) => {
      reasons = record?.reasons ?? reasons;
      return false;
    });
    expect(reasons).toEqual(['known better']);
  });

  it('has the verdict of each trial as soon as that is over', async () => {
    const dir = join(base, 'half');
    beginRun(dir, rehearsedRun('half'));
    const steps = rehearse();
    const second = steps.findIndex((step) => 'line' in step && step.line.includes(`"trial":"${TRIALS[1]}"`));
    writeSteps(dir, steps.slice(0, second + 5));
    for await (const { data } of events(await get(serve([dir]), '/api/runs/half/stream'))) {
      const { trials = [] } = data as Frame;
      if (trials[0]?.verdict == null) continue;
      expect(trials.map(({ name, verdict }) => [name, verdict])).toEqual([
        [TRIALS[0], 'pass'],
        [TRIALS[1], null],
      ]);
      return;
    }
    expect.unreachable();
  });

  it('is judged with what is waived, and that is told', async () => {
    const dir = join(base, 'waived');
    const run = rehearsedRun('waived');
    beginRun(dir, run);
    const title = 'INFO: task hung in jbd2_journal_commit_transaction';
    const waiver = { k: 'waiver', title, reason: 'known', owner: 'storage team', expires: '2099-01-01', began: run.started };
    writeSteps(dir, [{ t: 0, line: JSON.stringify({ t: 0, trial: '', ...waiver }) }, ...rehearse()]);
    const app = serve([dir]);
    for await (const { data } of events(await get(app, '/api/runs/waived/stream'))) {
      const { trials = [] } = data as Frame;
      if (trials[1]?.verdict == null) continue;
      expect(trials.map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
      break;
    }
    expect((await json<RunDetail>(app, '/api/runs/waived')).told).toEqual([]);
    finishRun(dir, run);
    expect((await json<RunDetail>(serve([dir]), '/api/runs/waived')).told).toEqual(
      ['tenant1', 'tenant2'].map((tenant) => `${TRIALS[1]}: waived: ${tenant}: ${title}: known (storage team, until 2099-01-01)`),
    );
  });

  it('tells why it is what it is in a line for each trial', async () => {
    const dir = join(base, 'why');
    const { run } = failedRun();
    const told = run.trials.flatMap(({ name, reasons }) => reasons.map((reason) => `${name}: ${reason}`));
    mkdirSync(dir);
    writeFileSync(join(dir, 'run.json'), JSON.stringify({ ...run, id: 'why', reasons: told }));
    expect((await json<RunDetail>(serve([dir]), '/api/runs/why')).why).toEqual([`${told[0]}, and ${told.length - 1} more`]);
  });

  it('is shown as far as its history is whole, anew where that is another, and as gone where it is gone', async () => {
    const dir = join(base, 'damaged');
    beginRun(dir, rehearsedRun('damaged'));
    const steps = rehearse();
    writeSteps(dir, steps.slice(0, 300));
    appendFileSync(join(dir, 'history.jsonl'), '{"t":1,"tri\n');
    const seen: string[] = [];
    for await (const { event, data } of events(await get(serve([dir]), '/api/runs/damaged/stream'))) {
      const { damaged, reset, trial, series } = data as Frame;
      if (seen.length === 0 && damaged === 1 && series.length > 0) {
        seen.push('damaged');
        truncateSync(join(dir, 'history.jsonl'), 0);
        writeSteps(dir, steps.slice(0, 120));
      } else if (seen.length === 1 && reset && damaged === 0 && trial === TRIALS[0]) {
        seen.push('anew');
        rmSync(dir, { recursive: true });
      } else if (event === 'gone') seen.push('gone');
    }
    expect(seen).toEqual(['damaged', 'anew', 'gone']);
  });

  it('is in the list of those under way with what its probes say, until it ends', async () => {
    const dir = join(base, 'live');
    const run = rehearsedRun('live');
    beginRun(dir, run);
    const steps = rehearse();
    const cut = steps.findIndex((step) => 'line' in step && step.line.includes('"link-cut"'));
    writeSteps(dir, steps.slice(0, cut + 200));
    let told = false;
    for await (const { data } of events(await get(serve([dir]), '/api/live'))) {
      const { runs } = data as LiveList;
      if (told && runs.length === 0) return;
      const [live] = runs;
      if (live?.trial?.name !== TRIALS[1]) continue;
      expect(live).toMatchObject({ number: 2, planned: 2, trial: { phase: 'storm' } });
      expect(live.doing).toContain('fault link-cut on store');
      const storage = live.machines[0]?.probes.find(({ probe }) => probe === 'storage');
      expect(live.t - (storage?.answered ?? 0)).toBeGreaterThan(2);
      told = true;
      finishRun(dir, run);
    }
    expect.unreachable();
  });

  it('costs no more than it is long, also where its trials lie in each other as no run writes them', async () => {
    const dir = join(base, 'entangled');
    beginRun(dir, rehearsedRun('entangled'));
    const lines = rehearse().flatMap((step) => ('line' in step && step.line.includes(TRIALS[0]) ? [step.line] : []));
    const names = Array.from({ length: 20 }, (_, at) => `trial-${at}`);
    const as = (line: string, trial: string): string => `${JSON.stringify({ ...JSON.parse(line), trial })}\n`;
    const [begin, end] = [(line: string) => line.includes('"k":"trial"'), (line: string) => line.includes('"release","state":"end"')];
    const all = [begin, (line: string) => !begin(line) && !end(line), end].flatMap((part) =>
      names.flatMap((name) => lines.filter(part).map((line) => as(line, name))),
    );
    appendFileSync(join(dir, 'history.jsonl'), all.join(''));
    const clock = Date.now() + 600_000;
    const app = serve([dir], { index: new RunIndex([dir], { leased: () => [], now: () => clock }) });
    const model = emptyModel();
    for await (const { data } of events(await get(app, '/api/runs/entangled/stream'))) take(model, data as Frame);
    expect(model.frame).toMatchObject({ done: true, trouble: null });
    expect(model.trials.filter(({ ended }) => ended !== null)).toHaveLength(20);
    // each of them spans nearly all of the history, which is read twice for them together and no more
    expect(model.trials.filter(({ verdict }) => verdict !== null).length).toBeOneOf([1, 2]);
  });

  it('says which of its consoles cannot be read, and shows all else', async () => {
    const dir = finished('unreadable');
    const app = serve([dir]);
    chmodSync(base, 0o755);
    chmodSync(join(dir, 'console', 'storage-cutoff.cut.tenant1.log'), 0);
    // root reads everything
    const asRoot = process.getuid?.() === 0;
    if (asRoot) process.seteuid?.(65_534);
    const consoles: string[] = [];
    const troubles: unknown[] = [];
    try {
      for await (const { data } of events(await get(app, `/api/runs/unreadable/stream?trial=${TRIALS[1]}`))) {
        const frame = data as Frame;
        consoles.push(...frame.consoles.map(({ machine }) => machine));
        troubles.push(frame.trouble);
      }
    } finally {
      if (asRoot) process.seteuid?.(0);
    }
    expect([new Set(consoles), troubles.at(-1)]).toEqual([
      new Set(['tenant2']),
      expect.stringMatching(/^The console of tenant1 cannot be read: EACCES/),
    ]);
  });

  it('is told in one line where our own side fails', async () => {
    const failing = new RunIndex([finished('failing')], {
      leased: () => {
        throw new InfraError('the leases cannot be read');
      },
    });
    const app = serve([], { index: failing });
    expect([(await get(app, '/api/runs')).status, await json(app, '/api/runs')]).toEqual([503, { error: 'the leases cannot be read' }]);
    const told = await Array.fromAsync(events(await get(app, '/api/live')));
    expect(told).toEqual([{ event: 'trouble', data: { error: 'the leases cannot be read' } }]);
  });

  it('ends with the server', async () => {
    const dir = join(base, 'ended');
    beginRun(dir, rehearsedRun('ended'));
    for (const path of ['/api/live', '/api/runs/ended/stream']) {
      const end = new AbortController();
      let frames = 0;
      for await (const _ of events(await get(serve([dir], { signal: end.signal }), path))) {
        frames += 1;
        end.abort();
      }
      expect(frames).toBe(1);
    }
  });
});

describe('what is served', () => {
  it('is only read: a run is the same afterwards', async () => {
    const dir = finished('untouched');
    const copy = join(base, 'copy-of-untouched');
    cpSync(dir, copy, { recursive: true });
    const app = serve([dir]);
    for await (const _ of events(await get(app, '/api/runs/untouched/stream')));
    const { files } = await json<RunDetail>(app, '/api/runs/untouched');
    for (const file of files)
      expect(await (await get(app, `/api/runs/untouched/files/${file}`)).text()).toBe(readFileSync(join(copy, file), 'utf8'));
    expect((await json<RunDetail>(serve([copy]), '/api/runs/untouched')).files).toEqual(files);
  });
});
