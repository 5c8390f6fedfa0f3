/**
 * How long report.html of a day takes: to be made, and to be opened in Chromium until its curves are drawn; beside it the same page of a minute, which
 * is what the browser itself takes.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { InfraError } from '../results/errors.ts';
import { htmlReport } from '../results/report/html/index.ts';
import { soakRun } from '../results/report/html/soak.sample.ts';
import { show, spread } from './statistics.ts';

const ROUNDS = 5;
const HOURS = { day: 24, minute: 1 / 60 } as const;
const BOUNDS = { bytes: 5_000_000, open_ms: 2000 } as const;
const CHROMIUM = '/usr/bin/chromium';

/** `npm run bench -- report`. Exit 1 when a day's page is too large or, in the median, opened too late. */
export async function report(): Promise<number> {
  if (!existsSync(CHROMIUM)) throw new InfraError(`${CHROMIUM} is missing`);
  const dir = mkdtempSync(join(tmpdir(), 'sp-report-'));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const pages = Object.entries(HOURS).map(([name, hours]) => {
      const begun = performance.now();
      const page = htmlReport(soakRun(hours));
      const made_ms = performance.now() - begun;
      const path = join(dir, `${name}.html`);
      writeFileSync(path, page);
      return { name, path, made_ms, bytes: Buffer.byteLength(page), open_ms: [] as number[] };
    });
    for (let round = 0; round < ROUNDS; round += 1) for (const page of pages) page.open_ms.push(await opened(browser, page.path));
    for (const { name, made_ms, bytes, open_ms } of pages)
      console.log(
        `${name.padEnd(8)}${(bytes / 1e6).toFixed(2)} MB, made in ${(made_ms / 1000).toFixed(1)} s, drawn after ${show(spread(open_ms), ' ms')}`,
      );
    console.log(`bounds of the day: ${BOUNDS.bytes / 1e6} MB, ${BOUNDS.open_ms} ms`);
    const [day] = pages;
    return day !== undefined && day.bytes <= BOUNDS.bytes && spread(day.open_ms).median <= BOUNDS.open_ms ? 0 : 1;
  } finally {
    await browser.close();
    rmSync(dir, { recursive: true });
  }
}

/** Milliseconds from the address to the last curve, and the frame in which it is seen. */
async function opened(browser: Browser, path: string): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const begun = performance.now();
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector('.plot:nth-child(3) canvas');
  await page.evaluate('new Promise((seen) => requestAnimationFrame(() => setTimeout(seen)))');
  const took_ms = performance.now() - begun;
  await page.close();
  return took_ms;
}
