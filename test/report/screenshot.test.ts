/** The report in a real browser: no network, no word on the console, Chinese letters drawn. Skipped, loudly, where there is no Chromium. */
import { execFile } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runReport } from '../../src/report/index.ts';
import { type Picture, readPng } from '../support/png.ts';
import { tempFolder } from '../support/temp.ts';
import { exampleInput } from './example.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--hide-scrollbars',
  '--disable-background-networking',
  '--disable-component-update',
  '--host-resolver-rules=MAP * ~NOTFOUND',
  '--enable-logging=stderr',
  '--log-level=0',
];
const temp = tempFolder();

function findBrowser(): string | undefined {
  const wanted = process.env.FEDCREDIT_CHROMIUM;
  const places = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...(wanted === undefined ? [] : [wanted]), ...places].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const browser = findBrowser();
if (browser === undefined)
  console.warn('SKIPPED: the screenshot test needs Chromium (Debian: chromium fonts-noto-cjk), or its path in FEDCREDIT_CHROMIUM.');

async function open(
  name: string,
  page: string,
  height: number,
): Promise<{ readonly picture: Picture; readonly console: readonly string[] }> {
  const picture = join(temp.path, `${name}.png`);
  const address = pathToFileURL(temp.write(`${name}.html`, page)).href;
  const profile = `--user-data-dir=${join(temp.path, `${name}-profile`)}`;
  const { stderr } = await promisify(execFile)(
    browser as string,
    [...FLAGS, profile, `--window-size=1100,${height}`, `--screenshot=${picture}`, address],
    { timeout: 60_000, maxBuffer: 2 ** 24 },
  );
  return { picture: readPng(readFileSync(picture)), console: stderr.split('\n').filter((line) => /:CONSOLE[(:]/.test(line)) };
}

/** Share of dark pixels in a rectangle. */
function ink(picture: Picture, left: number, top: number, width: number, height: number): number {
  let dark = 0;
  for (let y = top; y < top + height; y++) for (let x = left; x < left + width; x++) if (picture.at(x, y) < 128) dark++;
  return dark / (width * height);
}

describe.skipIf(browser === undefined)('the report in Chromium', () => {
  it('opens without a word on the console and fills the page', { timeout: 90_000 }, async () => {
    const { picture, console } = await open('report', runReport(exampleInput()), 4000);
    expect(console).toEqual([]);
    for (let top = 0; top < 4000; top += 500) expect(ink(picture, 60, top, 980, 500)).toBeGreaterThan(0.002);
  });
  it('would be caught with a script or a picture from elsewhere', { timeout: 90_000 }, async () => {
    const spoilt = runReport(exampleInput()).replace(
      '</main>',
      '<script>console.error("x")</script><img src="https://example.invalid/a.png"></main>',
    );
    expect((await open('spoilt', spoilt, 600)).console.length).toBeGreaterThan(0);
  });
  it('draws Chinese letters, each its own: no row of empty boxes', { timeout: 90_000 }, async () => {
    const letters = [...'信用评级'];
    const boxes = letters.map(
      (letter, i) =>
        `<div style="position:absolute;left:${i * 60}px;top:0;width:60px;height:60px;font-size:48px;line-height:60px">${letter}</div>`,
    );
    const page = runReport(exampleInput()).replace(/<body>[\s\S]*<\/body>/, `<body style="background:#fff">${boxes.join('')}</body>`);
    const { picture } = await open('letters', page, 200);
    const shapes = letters.map((_, i) => {
      let shape = '';
      for (let y = 0; y < 60; y++) for (let x = 0; x < 60; x++) shape += picture.at(i * 60 + x, y) < 128 ? '1' : '0';
      return shape;
    });
    expect(new Set(shapes).size).toBe(letters.length);
    for (const shape of shapes) expect(shape.replaceAll('0', '').length).toBeGreaterThan(150);
  });
});
