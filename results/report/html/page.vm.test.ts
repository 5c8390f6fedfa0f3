/** The page in a real browser: drawn, steered, dark, narrow, on paper, and deaf to whatever stands in it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAMPLE_CURVE } from '../../curve.sample.ts';
import { SAMPLE_SCALING } from '../../scaling.sample.ts';
import { coloursOf, faintTexts, inkOf, openAll, outline, pwned, said, widths } from './client/in-page.testing.js';
import { htmlReport } from './index.ts';
import { failedRun, sampleTrial } from './report.sample.ts';
import { soakRun } from './soak.sample.ts';

let browser: Browser;
const dir = mkdtempSync(join(tmpdir(), 'sp-page-'));

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});

afterAll(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true });
});

/** Opens a page; whatever it complains of, or asks the network for, is in `complaints`. */
async function opened(text: string, options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const path = join(dir, 'report.html');
  writeFileSync(path, text);
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', async (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  await page.route('**/*', async (route) => {
    if (route.request().url() === pathToFileURL(path).href) return await route.continue();
    complaints.push(`request: ${route.request().url()}`);
    await route.abort();
  });
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector('.plot canvas');
  return { page, complaints };
}

const FAILED = htmlReport(failedRun({ trial: { curve: SAMPLE_CURVE }, run: { scaling: SAMPLE_SCALING } }));

describe('the page', () => {
  it('opens without a complaint, asks the network for nothing, and draws every curve', async () => {
    const { page, complaints } = await opened(FAILED);
    expect(await page.locator('.plot canvas').count()).toBe(3);
    for (const index of [0, 1, 2]) expect(await page.evaluate(coloursOf, index)).toBeGreaterThan(20);
    expect(await page.locator('.lanes .bar.fault').count()).toBe(2);
    expect(await page.locator('.lanes .sign.hang').count()).toBe(2);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('is steered by the keyboard alone', async () => {
    const { page } = await opened(FAILED);
    await page.locator('.stage').focus();
    expect(await page.evaluate(said)).toBe('0:01 to 1:20');
    await page.keyboard.press('+');
    expect(await page.evaluate(said)).not.toBe('0:01 to 1:20');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(said)).toMatch(
      /^0:2\d\.\d \(03:04:2\d\.\d UTC\) · tenant1 network [\d.]+ ms · .*tenant2 storage silent for 57\.0 s.*link-cut on store/,
    );
    await page.keyboard.press('Escape');
    await page.keyboard.press('Home');
    expect(await page.evaluate(said)).toBe('0:01 to 1:20');
    await page.close();
  });

  it('shows what is under the pointer, looks closer at what was drawn over, and at all after a double click', async () => {
    const { page } = await opened(FAILED);
    await page.locator('.plot .u-over').first().scrollIntoViewIfNeeded();
    const box = await page.locator('.plot .u-over').first().boundingBox();
    if (box === null) throw new Error('the first chart has no place');
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.4, y);
    expect(await page.evaluate(said)).toMatch(/UTC\) · tenant1 network/);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, y, { steps: 5 });
    await page.mouse.up();
    await page.mouse.move(0, 0);
    await expect.poll(() => page.evaluate(said)).toMatch(/^0:3[23] to 0:4[01]$/);
    await page.mouse.dblclick(box.x + box.width * 0.5, y);
    await page.mouse.move(0, 0);
    await expect.poll(() => page.evaluate(said)).toBe('0:01 to 1:20');
    await page.close();
  });

  it('hides a machine that is not wanted', async () => {
    const { page } = await opened(FAILED);
    const before = await page.evaluate(coloursOf, 1);
    const toggle = page.getByRole('button', { name: 'tenant1' });
    await toggle.click();
    expect(await toggle.getAttribute('aria-pressed')).toBe('false');
    await expect.poll(() => page.evaluate(coloursOf, 1)).not.toBe(before);
    await page.close();
  });

  it('draws a trial when it is opened, by its link too', async () => {
    const run = failedRun();
    const names = ['first', 'second', 'third'];
    const records = names.flatMap((name) => [...run.records].map((record) => ({ ...record, trial: name })));
    const trials = names.map((name) => sampleTrial({ name, verdict: 'pass', reasons: [] }));
    const path = join(dir, 'report.html');
    writeFileSync(path, htmlReport({ ...run, run: { ...run.run, trials, reasons: [], verdict: 'pass' }, records }));
    const page = await browser.newPage();
    await page.goto(pathToFileURL(path).href);
    expect(await page.locator('.plot canvas').count()).toBe(0);
    await page.getByRole('link', { name: 'second' }).click();
    await page.waitForSelector('#trial-2 .plot canvas');
    expect(await page.locator('#trial-1 .plot canvas').count()).toBe(0);
    await page.close();
  });

  it('does not scroll sideways on a phone, open or closed', async () => {
    const { page, complaints } = await opened(FAILED, { viewport: { width: 390, height: 844 } });
    await page.evaluate(openAll);
    expect(await page.evaluate(widths)).toEqual([390, 390]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('opens and draws everything for paper, and closes it again', async () => {
    const run = failedRun();
    const trials = ['storage-cutoff.cut', 'b', 'c'].map((name) => sampleTrial({ name, verdict: 'pass' }));
    const path = join(dir, 'report.html');
    writeFileSync(path, htmlReport({ ...run, run: { ...run.run, trials, verdict: 'pass' } }));
    const page = await browser.newPage({ colorScheme: 'dark' });
    await page.goto(pathToFileURL(path).href);
    await page.emulateMedia({ media: 'print' });
    await page.waitForSelector('.plot canvas');
    expect(await page.locator('details.trial[open]').count()).toBe(3);
    expect(await page.evaluate(inkOf)).toBe('rgb(27, 32, 38)');
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(20_000);
    await page.emulateMedia({ media: 'screen' });
    await expect.poll(() => page.locator('details.trial[open]').count()).toBe(0);
    await page.close();
  });

  it('runs nothing that stands in a console, a title or a name', async () => {
    const evil =
      '</script><script>window.pwned=1;alert(1)</script><img src="https://example.org/x" onerror="window.pwned=1">"><svg onload=alert(2)>';
    const { page, complaints } = await opened(
      htmlReport(
        failedRun({
          run: { name: evil, reasons: [evil], notes: [evil], argv: [evil], host: { [evil]: evil } },
          trial: { name: evil, candidate: evil, reasons: [evil] },
          event: { title: evil, report: [evil, evil] },
        }),
      ),
    );
    await page.evaluate(openAll);
    await page.locator('.stage').focus();
    for (let step = 0; step < 50; step += 1) await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(pwned)).toBe(false);
    expect(await page.locator('img').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('would not run it either if it got into the markup', async () => {
    const { page, complaints } = await opened(
      FAILED.replace(
        '<main id="main"',
        '<script>window.pwned=1</script><p onclick="window.pwned=1" style="color:red">x</p><main id="main"',
      ),
    );
    await page.locator('p', { hasText: /^x$/ }).click();
    expect(await page.evaluate(pwned)).toBe(false);
    expect(complaints.filter((each) => each.includes('Content Security Policy')).length).toBeGreaterThanOrEqual(3);
    await page.close();
  });
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  it('all text has the contrast that WCAG 2.2 asks for (AA, 1.4.3)', async () => {
    const { page } = await opened(FAILED, { colorScheme });
    await page.evaluate(openAll);
    expect(await page.evaluate(faintTexts)).toEqual([]);
    await page.close();
  });

  it('has landmarks, one first heading, no level left out, and a name for everything that can be used', async () => {
    const { page } = await opened(FAILED, { colorScheme });
    const { levels, nameless, landmarks, language } = await page.evaluate(outline);
    expect(levels.filter((each) => each === 1).length).toBe(1);
    expect(levels.every((each, at) => at === 0 || each <= (levels[at - 1] as number) + 1)).toBe(true);
    expect([nameless, landmarks, language]).toEqual([[], [1, 1, 1], 'en']);
    await page.close();
  });
});

it('a day of six probes, ten samples a second, stays under 5 MB, keeps its stalls, and is drawn', async () => {
  const text = htmlReport(soakRun(24));
  expect(Buffer.byteLength(text)).toBeLessThan(5_000_000);
  expect(text.match(/no answer for 5\.1 s/g)?.length).toBe(2 * 72);
  const { page, complaints } = await opened(text);
  expect(await page.evaluate(coloursOf, 1)).toBeGreaterThan(20);
  expect(complaints).toEqual([]);
  await page.close();
});
