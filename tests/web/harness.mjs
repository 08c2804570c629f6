// SPDX-License-Identifier: Apache-2.0
// What the tests of the pages share: a real server over a real home, a real browser, and points.
//
//   import { home, serve, browser, check, done } from './harness.mjs';
//
// Programs come from JZ_EXE and JZ_DECODE, the browser from JZ_CHROMIUM (/usr/bin/chromium), the
// packages from JZ_WEB_MODULES, a folder with node_modules (this one). JZ_WEB_SHOTS: a folder into
// which shot() puts pictures of the pages. JZ_WEB_WAIT: how long is waited for, in milliseconds.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = process.env.JZ_WEB_MODULES ?? dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(modules, 'package.json'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const ending = [];
process.on('exit', () => ending.reverse().forEach((f) => f()));

// ---- the server ----

// A new home; jz(...args) runs the program in it and returns what it prints.
export function home() {
  const folder = mkdtempSync(join(tmpdir(), 'jz-web-'));
  ending.push(() => rmSync(folder, { recursive: true, force: true }));
  const env = { ...process.env, LC_ALL: 'C.UTF-8', JZ_HOME: join(folder, 'home') };
  const jz = (...args) => execFileSync(process.env.JZ_EXE, args, { env, encoding: 'utf8' });
  return { folder, env, jz };
}

// Starts `jz serve` on a free port (or that one), waits until it listens.
export async function serve({ env }, ...options) {
  const listen = options.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  const child = spawn(process.env.JZ_EXE, ['serve', ...listen, ...options], { env });
  const end = () => child.exitCode === null && child.kill('SIGKILL');
  ending.push(end);
  let out = '', err = '';
  child.stderr.on('data', (d) => { err += d; });
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (d) => {
      out += d;
      const found = out.match(/^(http\S+?)\/?$/m);
      if (found)
        resolve(found[1]);
    });
    child.on('exit', () => reject(new Error(`the server ended: ${err}`)));
  });
  const stop = () => new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });
  return { url, stop, errors: () => err };
}

// A request beside the browser; the JSON of the reply, or its text.
export async function ask(url, method, path, { key, body } = {}) {
  const headers = {};
  if (key)
    headers.Authorization = `Bearer ${key}`;
  if (body !== undefined)
    headers['Content-Type'] = 'application/json';
  const reply = await fetch(url + path, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await reply.text();
  assert.ok(reply.ok, `${method} ${path}: ${reply.status} ${text}`);
  return /json/.test(reply.headers.get('Content-Type')) ? JSON.parse(text) : text;
}

// ---- the browser ----

let started;
export async function browser() {
  started ??= await chromium.launch({
    executablePath: process.env.JZ_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  return started;
}

// A page of its own profile. page.log: { requests, elsewhere, errors } of all that it did;
// options: those of Playwright's newContext() (viewport, locale, colorScheme, ...).
export async function open(url, path = '/', options = {}) {
  const context = await (await browser()).newContext({
    locale: 'en', viewport: { width: 1280, height: 800 }, serviceWorkers: 'block', ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.JZ_WEB_WAIT ?? 30000));
  page.log = watch(context, page, url);
  await page.goto(url + path);
  return page;
}

function watch(context, page, url) {
  const log = { requests: [], elsewhere: [], errors: [] };
  context.on('request', (r) => {
    const at = r.url();
    log.requests.push(r);
    if (!at.startsWith(`${url}/`) && !at.startsWith('blob:') && !at.startsWith('data:'))
      log.elsewhere.push(at);
  });
  page.on('pageerror', (e) => log.errors.push(String(e)));
  page.on('console', (m) => {
    if (m.type() === 'error' || m.type() === 'warning')
      log.errors.push(m.text());
  });
  return log;
}

// Nothing was loaded from elsewhere, nothing went wrong in the page. expected: a pattern of messages
// that belong to what was tested, as those of a refused request.
export function assertClean(page, expected = /^$/) {
  assert.deepEqual(page.log.elsewhere, []);
  assert.deepEqual(page.log.errors.filter((e) => !expected.test(e)), []);
}

// What axe finds that is serious or critical. The script runs in the page's own world by the
// debugger, which the page's policy does not govern.
export async function assertAccessible(page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const r = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return r.violations.filter((v) => ['serious', 'critical'].includes(v.impact))
      .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  });
  assert.deepEqual(found, []);
}

// A picture of the whole page, where pictures are wanted.
export async function shot(page, name) {
  if (process.env.JZ_WEB_SHOTS)
    await page.screenshot({ path: join(process.env.JZ_WEB_SHOTS, `${name}.png`), fullPage: true });
}

// Each language in each look, as [suffix, options of open()].
export const looks = ['en', 'zh-CN'].flatMap((locale) => ['light', 'dark'].map(
  (colorScheme) => [`${locale}-${colorScheme}`, { locale, colorScheme }]));
export const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

// ---- points ----

let points = 0, bad = 0;

export async function check(name, work) {
  points++;
  try {
    const why = await work();
    console.log(`ok ${points} - ${name}${why === undefined ? '' : ` # SKIP ${why}`}`);
  } catch (e) {
    bad++;
    console.log(`not ok ${points} - ${name}`);
    console.log(String(e.stack ?? e).replace(/^/gm, '# '));
  }
}

export async function done() {
  await started?.close();
  console.log(`1..${points}`);
  process.exit(bad > 0 ? 1 : 0);
}
