/** The page in a real browser: a run is watched from its start to its verdict, whatever machines print, and a thousand runs are looked through. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sampleRun, sampleTrial } from '../../results/store/run.sample.ts';
import { Store } from '../../results/store/store.ts';
import { start, workspace } from '../commandline.testing.ts';
import { beginRun, finishRun, rehearse, rehearsedRun, TRIALS, writeSteps } from './rehearsal.testing.ts';

const WRITER = join(import.meta.dirname, 'rehearsal.testing.ts');
const LIMIT_MS = 60_000;

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
});
afterAll(async () => {
  await browser?.close();
});

const trouble: string[] = [];
const writers: ChildProcess[] = [];
afterEach(() => {
  for (const writer of writers.splice(0)) writer.kill('SIGKILL');
  expect(trouble.splice(0)).toEqual([]);
});

/** `serve` of a workspace, and a page on it; whatever the browser complains of fails the test. */
async function watch(space: ReturnType<typeof workspace>, options: { width?: number; listen?: string; tokenFile?: string } = {}) {
  const token = options.tokenFile === undefined ? [] : ['--token-file', options.tokenFile];
  const started = start(['serve', '--listen', options.listen ?? '127.0.0.1:0', ...token], space);
  await started.saw(/^http:.*\n/m);
  const url = /^http:.*$/m.exec(started.said())?.[0] ?? '';
  const page = await browser.newPage({ viewport: { width: options.width ?? 1280, height: 900 } });
  page.setDefaultTimeout(LIMIT_MS);
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') trouble.push(`console: ${message.text()}`);
  });
  return {
    ...{ url, page, said: started.said },
    async [Symbol.asyncDispose]() {
      await page.close();
      started.child.kill('SIGINT');
      expect((await started.done).code).toBe(0);
    },
  };
}

function write(dir: string, speed: number, id: string): Promise<unknown> {
  const writer = spawn(process.execPath, [WRITER, dir, String(speed), id], { stdio: 'inherit', timeout: 120_000 });
  writers.push(writer);
  return once(writer, 'exit');
}

/** So many pixels of the first plot are not of its background. */
const drawn = (page: Page): Promise<number> =>
  page.evaluate(() => {
    // the browser's own, of which this program has no types
    const { document } = globalThis as unknown as {
      document: {
        querySelector(
          selector: string,
        ): { width: number; height: number; getContext(kind: string): { getImageData(...of: number[]): { data: Uint8Array } } } | null;
      };
    };
    const canvas = document.querySelector('.machine canvas');
    if (canvas === null) return 0;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) count += 1;
    return count;
  });

describe('in a browser', () => {
  test('a run is watched from its start to its verdict, with a reload in the middle and by two at once', async () => {
    using space = workspace();
    await using serving = await watch(space);
    const { page, url } = serving;
    await page.goto(url);
    await page.getByText('No run is like that.').waitFor();
    const written = write(join(space.dir, 'results', 'runs', 'x'), 6, 'watched');
    // the list finds it by itself
    const card = page.locator('.live article');
    await card.getByText(/trial 1\/2 {2}ipv6-flood\.udp-66/).waitFor();
    await card.getByRole('link', { name: 'nightly' }).click();
    await page.waitForURL(/\/runs\/watched$/);
    const trials = page.getByRole('group', { name: 'Trials' });
    await trials.getByRole('button', { name: /ipv6-flood\.udp-66 .*pass/ }).waitFor();
    await trials.locator('[aria-pressed=true]', { hasText: 'storage-cutoff.cut' }).waitFor();

    const other = await browser.newPage();
    await other.goto(page.url());
    await page.locator('.lane', { hasText: 'fault link-cut on store' }).waitFor();
    await page
      .locator('.machine', { hasText: 'tenant1' })
      .getByText(/silent \d/)
      .waitFor();
    const before = await drawn(page);
    expect(before).toBeGreaterThan(500);

    await page.reload();
    await page
      .locator('.machine', { hasText: 'tenant1' })
      .getByText(/silent \d/)
      .waitFor();
    await page.locator('.lane', { hasText: 'fault link-cut on store' }).waitFor();
    expect(await drawn(page)).toBeGreaterThan(before / 2);
    await page.locator('.event', { hasText: 'task hung in jbd2_journal_commit_transaction' }).first().waitFor();
    await page.locator('.console .fail', { hasText: 'blocked for more than 10 seconds' }).waitFor();

    expect(await written).toEqual([0, null]);
    for (const each of [page, other]) {
      await each.locator('h1 + span .mark.fail').waitFor();
      await each.getByText(/storage-cutoff\.cut: no_hang: tenant1: "INFO: task hung/).waitFor();
      await each.locator('.objectives tr', { hasText: 'no_hang' }).locator('.mark.fail').waitFor();
    }
    await other.close();

    // the pointer tells what was said then, dragging zooms, and a button leads back
    const over = page.locator('.machine .u-over').first();
    const { x, y, width } = (await over.boundingBox()) as { x: number; y: number; width: number };
    await page.mouse.move(x + width / 2, y + 40);
    await page.locator('.machine .figure.past').first().waitFor();
    await page.mouse.move(x + width / 4, y + 40);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + 40, { steps: 4 });
    await page.mouse.up();
    await page.locator('.ranges:not(:has([aria-pressed=true]))').waitFor();
    await page.getByRole('button', { name: 'Whole trial' }).press('Enter');
    await page.locator('.ranges [aria-pressed=true]', { hasText: 'Whole trial' }).waitFor();
    await page.locator('.event', { hasText: 'task hung' }).first().locator('summary').click();
    await page.getByRole('button', { name: 'In the console' }).first().click();
    await page.locator('.console .sought', { hasText: 'blocked for more than 10 seconds' }).waitFor();

    await page.getByRole('button', { name: /ipv6-flood/ }).click();
    await page.locator('.machine', { hasText: 'head' }).waitFor();
    await page.locator('.objectives tr', { hasText: 'no_hang' }).locator('.mark.pass').waitFor();
  });

  test('nothing that a machine prints becomes markup or is obeyed, nor what a record or its report holds', async () => {
    using space = workspace();
    const dir = join(space.dir, 'results', 'runs', 'hostile');
    const hostile = [
      '<img src=x onerror="document.title=\'owned\'">',
      '<script>document.title="owned"</script>',
      '</div></pre><svg onload=document.title="owned">',
      '\u001b[2J\u001b]0;owned\u0007javascript:document.title="owned"',
      '\u202eowned',
    ];
    const run = { ...rehearsedRun('hostile'), name: '<img src=x onerror=document.title="owned">', argv: hostile };
    beginRun(dir, run);
    writeSteps(dir, rehearse({ outage_s: 14, console: ['BUG: unable to handle <b onmouseover=x>page</b> fault', ...hostile] }));
    const done = finishRun(dir, run);
    writeFileSync(join(dir, 'run.json'), JSON.stringify({ ...done, reasons: hostile }));
    const report = `<!doctype html><title>r</title><p id=p>no</p><script>
      p.textContent = 'ran';
      for (const path of ['/api/runs', 'http://127.0.0.1:1/'])
        fetch(path).then(() => p.textContent += ' fetched', () => p.textContent += ' refused');
      try { p.textContent += document.cookie; } catch { p.textContent += ' no cookies'; }
    </script>`;
    writeFileSync(join(dir, 'report.html'), report);
    await using serving = await watch(space);
    const { page, url } = serving;
    for (const path of ['', 'runs/hostile', 'compare?a=hostile&b=hostile']) {
      await page.goto(url + path);
      await page.getByText('onerror=').first().waitFor();
      await page.waitForTimeout(500);
      expect(await page.locator('main img, main script, main [onload], main [onerror], main b').count()).toBe(0);
      expect(await page.title()).toMatch(/stormproof$/);
    }
    await page.goto(`${url}runs/hostile?trial=${TRIALS[1]}`);
    await page.locator('.console', { hasText: '<script>document.title="owned"</script>' }).waitFor();
    const [opened] = await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name: 'The report' }).click()]);
    await opened.getByText(/ran.*refused.*refused/).waitFor();
    expect(await opened.getByText(/no cookies/).count()).toBe(1);
    expect(await opened.getByText(/fetched/).count()).toBe(0);
  });

  test('a thousand runs are looked through by the keyboard, two of them chosen and compared, and trends lead to runs', async () => {
    using space = workspace();
    const runs = join(space.dir, 'results', 'runs');
    await using store = await Store.open({ kind: 'sqlite', path: join(space.dir, 'state', 'runs.sqlite') });
    for (let night = 0; night < 1000; night += 1) {
      const run = sampleRun(night, { trials: [sampleTrial(night, night % 2)] });
      mkdirSync(join(runs, String(night)), { recursive: true });
      writeFileSync(join(runs, String(night), 'run.json'), JSON.stringify(run));
      if (night > 960) await store.add(run);
    }
    await using serving = await watch(space);
    const { page, url } = serving;
    const begun = performance.now();
    await page.goto(url);
    await page.getByText('1 to 50 of 1,000').waitFor();
    expect(performance.now() - begun).toBeLessThan(10_000);
    await page.getByRole('button', { name: 'Older' }).press('Enter');
    await page.getByText('51 to 100 of 1,000').waitFor();
    await page.reload();
    await page.getByText('51 to 100 of 1,000').waitFor();
    await page.getByLabel('Search').fill(sampleRun(10).id);
    await page.getByText('1 to 1 of 1').waitFor();
    await page.getByLabel('Search').fill('');
    await page.getByText('1 to 50 of 1,000').waitFor();
    const boxes = page.getByRole('checkbox');
    for (const at of [0, 2]) {
      await boxes.nth(at).focus();
      await page.keyboard.press('Space');
    }
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.waitForURL(/\/compare\?a=.*&b=/);
    await page.getByRole('button', { name: /^Show \d+ more/ }).press('Enter');
    await page.locator('.compare tr', { hasText: 'boot' }).first().waitFor();
    await page.reload();
    await page.locator('.compare tr', { hasText: 'boot' }).first().waitFor();

    await page.getByRole('link', { name: 'Trends' }).click();
    await page.getByLabel('Measure').selectOption('boot');
    await page.locator('figure canvas').first().waitFor();
    await page.locator('figure summary').first().click();
    await page.locator('figure a').first().click();
    await page.waitForURL(/\/runs\//);
    await page.locator('h1 + span .mark').waitFor();
  });

  test('where a token is wanted the printed address opens the page, and it stays out of the address', async () => {
    using space = workspace();
    await using serving = await watch(space, { listen: '0.0.0.0:0' });
    const { page } = serving;
    const url = serving.url.replace('0.0.0.0', '127.0.0.1');
    await page.goto(url);
    await page.getByText('No run is like that.').waitFor();
    expect(page.url()).toBe(url.replace(/\?.*/, ''));
    await page.reload();
    await page.getByText('No run is like that.').waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    const stranger = await (await browser.newContext()).newPage();
    expect((await stranger.goto(page.url()))?.status()).toBe(401);
    await stranger.context().close();
  });

  test('a token of a file is not printed, and opens the page as it stands there', async () => {
    using space = workspace();
    const token = 'a+token/with=all+that/it~may.have==';
    const tokenFile = join(space.dir, 'token');
    writeFileSync(tokenFile, `${token}\n`);
    await using serving = await watch(space, { tokenFile });
    const { page, url, said } = serving;
    await page.goto(`${url}trends?token=${token}`);
    await page.getByRole('link', { name: 'Trends' }).waitFor();
    expect(page.url()).toBe(`${url}trends`);
    expect(said()).not.toContain(token);
  });

  test('a run is seen in more tabs than a browser has connections, and as old once the server is gone', async () => {
    using space = workspace();
    const dir = join(space.dir, 'results', 'runs', 'tabs');
    beginRun(dir, rehearsedRun('tabs'));
    writeSteps(dir, rehearse().slice(0, 300));
    const started = start(['serve', '--listen', '127.0.0.1:0'], space);
    await started.saw(/^http:.*\n/);
    const url = started.said().trim();
    await using context = await browser.newContext();
    const seen = (page: Page, state: string): Promise<unknown> =>
      page.evaluate(`Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
        document.dispatchEvent(new Event('visibilitychange'))`);
    // as a browser does it with a tab when another one is chosen; here all of them are seen
    const pages: Page[] = [];
    for (let at = 0; at < 8; at += 1) {
      const page = await context.newPage();
      page.setDefaultTimeout(LIMIT_MS);
      pages.push(page);
      await page.goto(at % 2 === 0 ? url : `${url}runs/tabs`);
      await page
        .locator(at % 2 === 0 ? '.live article .figure' : '.machine .figure')
        .first()
        .waitFor();
      if (at < 7) await seen(page, 'hidden');
    }
    const [list] = pages as [Page];
    await seen(list, 'visible');
    await list.getByText(/ipv6-flood\.udp-66/).waitFor();
    expect(await list.locator('.cards.stale, .live .notice:visible').count()).toBe(0);
    started.child.kill('SIGINT');
    expect((await started.done).code).toBe(0);
    await list.locator('.live .notice', { hasText: 'The connection is gone' }).waitFor();
    await list.locator('.cards.stale article').waitFor();
    await pages[7]?.locator('.notice', { hasText: 'The connection is gone' }).waitFor();
  });

  test('a page fits into a telephone', async () => {
    using space = workspace();
    const dir = join(space.dir, 'results', 'runs', 'small');
    const run = rehearsedRun('small');
    beginRun(dir, run);
    writeSteps(dir, rehearse());
    finishRun(dir, run);
    await using serving = await watch(space, { width: 360 });
    const { page, url } = serving;
    for (const path of ['', 'runs/small', 'compare?a=small&b=small', 'trends']) {
      await page.goto(url + path);
      await page.locator('h1:visible').first().waitFor();
      await page.waitForTimeout(1000);
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(360);
    }
  });

  test('a real run is watched to its verdict', async () => {
    using space = workspace();
    await using serving = await watch(space);
    const { page, url } = serving;
    await page.goto(url);
    const real = start(['run', 'storage-cutoff/cut', '--quiet', '--out', 'elsewhere'], space);
    // its directory is none of those that are looked through: the lease says where it is
    await page.locator('.live article').getByRole('link', { name: 'run' }).click({ timeout: 300_000 });
    await page.locator('.lane', { hasText: 'fault link-cut on store' }).waitFor({ timeout: 300_000 });
    await page.reload();
    await page.locator('.lane', { hasText: 'fault link-cut on store' }).waitFor();
    await page.locator('.console', { hasText: 'Linux version' }).waitFor();
    const { code, stderr } = await real.done;
    const verdict = { 0: 'pass', 1: 'fail', 125: 'unknown' }[code ?? -1];
    expect(verdict, stderr).toBeDefined();
    expect(existsSync(join(space.dir, 'elsewhere', 'run.json'))).toBe(true);
    await page.locator(`.trials .mark.${verdict}`).waitFor();
  }, 600_000);
});
