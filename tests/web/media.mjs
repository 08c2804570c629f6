// SPDX-License-Identifier: Apache-2.0
// Media in the console: previews, holding to reveal, what is enough, what is not given. Who signs in
// is named by a proxy's header, so that no codes are waited for.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertAccessible, assertClean, ask, check, done, home, looks, open, serve, shot }
  from './harness.mjs';

const h = home();
const samples = join(import.meta.dirname, '..', 'data', 'media');
for (const [name, role] of [['lin', 'moderator'], ['wang', 'moderator'], ['zhou', 'moderator'],
  ['head', 'supervisor']])
  h.jz('staff', 'add', name, '--role', role);
const key = h.jz('key', 'add', 'patrol', '--role', 'supervisor').trim();
const caseId = h.jz('case', 'open', 'found').trim();
const files = { picture: 'progressive.jpg', original: 'baseline.jpg', video: 'h264.mp4' };
const hashes = {};
const text = join(h.folder, 'broken.jpg');
writeFileSync(text, 'this is no picture');
for (const [what, path] of [...Object.entries(files).map(([w, name]) => [w, join(samples, name)]),
  ['broken', text]]) {
  hashes[what] = createHash('sha256').update(readFileSync(path)).digest('hex');
  h.jz('case', 'add', '--quiet', caseId, path);
}
writeFileSync(join(h.env.JZ_HOME, 'wellbeing.json'),
  JSON.stringify({ lease_s: 2, hour_s: 60, severity: { intimate: 10, fraud: 1 } }));
const server = await serve(h, '--staff-header', 'X-Staff');

// A page of somebody who has signed in.
async function as(name, path = '/console', options = {}) {
  const page = await open(server.url, '/console', options);
  await page.evaluate((who) => fetch('/v1/session', {
    method: 'POST', body: '{}',
    headers: { 'Content-Type': 'application/json', 'X-Staff': who },
  }), name);
  await page.goto(`${server.url}${path}`);
  await page.reload();
  await page.waitForSelector('.console-nav a');
  return page;
}

// Of one category an item once: what is complained of again is folded into what waits.
async function complain(category, ...items) {
  const { complaint_id: id } = await ask(server.url, 'POST', '/v1/complaints', { key, body: {
    role: 'patrol', category, jurisdiction: 'CN', items } });
  return `/console#/case/complaint:${id}`;
}

// The picture that is shown: how wide, how many different greys, whether any pixel has a colour.
const pixels = (page, selector = '.view img') => page.evaluate(async (s) => {
  const img = document.querySelector(s);
  await img.decode();
  const canvas = new OffscreenCanvas(img.naturalWidth, img.naturalHeight).getContext('2d');
  canvas.drawImage(img, 0, 0);
  const { data } = canvas.getImageData(0, 0, img.naturalWidth, img.naturalHeight);
  let coloured = 0, steps = 0;
  for (let i = 0; i < data.length; i += 4) {
    coloured += data[i] !== data[i + 1] || data[i] !== data[i + 2];
    steps = Math.max(steps, i >= 4 && i / 4 % img.naturalWidth ? Math.abs(data[i] - data[i - 4]) : 0);
  }
  return { width: img.naturalWidth, coloured, steps };
}, selector);

const exposure = (page) => page.evaluate(async () => (await fetch('/v1/exposure')).json());
const opened = (page) => page.waitForSelector('.view.open');
const refused = /40[149]|415|429/; // what the browser says of requests that are refused

await check('a preview is grey and blurred, and more is shown while the space bar is held', async () => {
  const page = await as('lin', await complain('fraud', { sha256: hashes.picture }));
  await page.waitForSelector('.view img[src^="blob:"]');
  const preview = await pixels(page);
  assert.equal(preview.width, 32);
  assert.equal(preview.coloured, 0);
  assert.equal((await exposure(page)).day_s, 0);
  await page.keyboard.down(' ');
  await opened(page);
  const sheet = await pixels(page);
  assert.ok(sheet.width > 32 && sheet.coloured === 0, JSON.stringify(sheet));
  await page.keyboard.press('b');
  await page.keyboard.press('b'); // not blurred at all
  await page.waitForTimeout(400);
  assert.ok((await pixels(page)).steps > sheet.steps);
  await page.keyboard.press('g');
  await page.waitForTimeout(400);
  assert.ok((await pixels(page)).coloured > 0);
  await page.waitForTimeout(2200); // longer than one lease
  assert.equal(await page.locator('.view.open').count(), 1);
  await page.keyboard.up(' ');
  assert.equal(await page.locator('.view.open').count(), 0);
  assert.equal((await pixels(page)).width, 32);
  await page.waitForTimeout(300);
  const seen = (await exposure(page)).day_s;
  assert.ok(seen > 2.5 && seen < 9, String(seen));
  await page.waitForTimeout(1500);
  assert.equal((await exposure(page)).day_s, seen); // covered is covered
  assert.deepEqual(page.log.requests.filter((r) => r.resourceType() === 'media'), []);
  assertClean(page, refused);
  await page.context().close();
});

await check('by pointer: pressed shows, let go covers; so does leaving the window', async () => {
  const page = await as('wang', await complain('unlabelled', { sha256: hashes.picture }));
  await page.waitForSelector('.view img[src^="blob:"]');
  await page.locator('.hold').hover();
  await page.mouse.down();
  await opened(page);
  await page.mouse.up();
  assert.equal(await page.locator('.view.open').count(), 0);
  await page.mouse.down();
  await opened(page);
  await page.evaluate(() => dispatchEvent(new Event('blur')));
  assert.equal(await page.locator('.view.open').count(), 0);
  await page.mouse.up();
  await page.keyboard.press('f'); // into a field: there the space bar is a blank
  await page.keyboard.down(' ');
  await page.keyboard.up(' ');
  await page.waitForTimeout(300);
  assert.equal(await page.locator('.view.open').count(), 0);
  assertClean(page, refused);
  await page.context().close();
});

await check('a video is a sheet of frames, one of which is shown at a time; nothing plays', async () => {
  const page = await as('wang', await complain('fraud', { sha256: hashes.video }));
  await page.waitForSelector('.view.many');
  assert.equal((await pixels(page)).width, 4 * 34 - 2);
  assert.equal(await page.locator('video, audio').count(), 0);
  await page.keyboard.press(']');
  await page.waitForSelector('text=frame 2 of');
  await page.keyboard.down(' ');
  await opened(page);
  const before = await page.getAttribute('.view img', 'src');
  await page.keyboard.press(']');
  await page.waitForFunction((was) => document.querySelector('.view img').src !== was, before);
  await page.waitForSelector('text=frame 3 of');
  await page.keyboard.up(' ');
  assertClean(page, refused);
  await page.context().close();
});

await check('the original stands beside what is said to be made of it', async () => {
  await ask(server.url, 'POST', '/v1/banks', { key, body: { bank: 'originals' } });
  await ask(server.url, 'POST', '/v1/banks/originals/entries', { key, body: { signals: [
    { type: 'sha256', hash: hashes.picture }, { type: 'sha256', hash: hashes.original }] } });
  const page = await as('wang', await complain('impersonation', { sha256: hashes.picture }));
  await page.waitForSelector('text=Original in bank originals');
  assert.equal(await page.locator('.view').count(), 2);
  await page.waitForSelector('.view:nth-child(2) img[src^="blob:"]');
  await page.locator('.view:nth-child(2) .hold').focus();
  await page.keyboard.down(' ');
  await page.waitForSelector('.view:nth-child(2).open');
  assert.equal(await page.locator('.view.open').count(), 1);
  await page.keyboard.up(' ');
  assertClean(page, refused);
  await page.context().close();
});

await check('broken media, and what is not held, are said', async () => {
  const page = await as('wang', await complain('fraud', { sha256: hashes.broken },
    { sha256: 'ab'.repeat(32) }));
  await page.waitForSelector('text=It cannot be decoded');
  await page.waitForSelector('text=No picture or video of it is held here');
  assertClean(page, refused);
  await page.context().close();
});

await check('when it is enough, the page says until when, and gives lighter work', async () => {
  const severe = await complain('intimate', { sha256: hashes.picture });
  await complain('other', { sha256: hashes.picture });
  const page = await as('zhou', severe); // 60 seconds an hour: 6 of this
  await page.waitForSelector('.view img[src^="blob:"]');
  await page.keyboard.down(' ');
  await opened(page);
  await page.waitForSelector('dialog.break', { timeout: 15000 });
  assert.equal(await page.locator('.view.open').count(), 0);
  await page.keyboard.up(' ');
  await page.waitForSelector('dialog >> text=Pictures can be revealed again after');
  await assertAccessible(page);
  await page.click('text=Go on without looking');
  const { hour_s: used } = await exposure(page);
  assert.ok(used > 45 && used <= 60, String(used));
  await page.keyboard.down(' ');
  await page.waitForSelector('dialog.break');
  await page.keyboard.up(' ');
  await page.click('text=Give me lighter work');
  await page.waitForFunction((was) => !was.endsWith(location.hash), severe);
  await page.waitForSelector('.decision');
  assert.match(await page.textContent('.chips'), /Other|Fraud|Impersonation/);
  assertClean(page, refused);
  await page.context().close();
});

await check('a category that is not wanted is never given, and is not shown unasked', async () => {
  const page = await as('zhou');
  await page.click('text=What I am not given');
  await page.check('dialog [name=minor-sexual]');
  await assertAccessible(page);
  await page.click('dialog >> text=Do it');
  await page.waitForFunction(() => !document.querySelector('dialog'));
  const given = await complain('minor-sexual', { sha256: hashes.picture });
  for (let i = 0; i < 12; i++) {
    const reply = await page.evaluate(async () => {
      const { csrf } = await (await fetch('/v1/session')).json();
      return (await fetch('/v1/queue/next', { method: 'POST', body: '{}',
        headers: { 'Content-Type': 'application/json', 'Jz-Csrf': csrf } })).json();
    });
    assert.ok(!given.endsWith(reply.object), 'it was given');
  }
  await page.goto(server.url + given);
  await page.waitForSelector('text=Show the blurred preview');
  assert.equal(await page.locator('.view img').count(), 0);
  await page.click('text=Show the blurred preview');
  await page.waitForSelector('.view img[src^="blob:"]');
  await page.context().close();
});

await check('nobody else learns how much somebody has seen', async () => {
  const page = await as('head', '/console#/queue');
  const answers = await page.evaluate(async () => {
    const names = ['lin', 'staff:lin', 'exposure:staff:lin'];
    const paths = ['/v1/exposure', '/metrics', '/v1/staff', '/v1/queue', '/v1/reports/numbers',
      ...names.flatMap((n) => [`/v1/events?object=${n}`, `/v1/accounts?account=${n}`])];
    return Promise.all(paths.map(async (p) => (await fetch(p)).text()));
  });
  assert.equal(JSON.parse(answers[0]).day_s, 0);
  for (const answer of answers)
    assert.ok(!/revealed"|until_us/.test(answer), answer);
  await page.context().close();
});

const shownCase = await complain('impersonation', { sha256: hashes.video },
  { sha256: hashes.picture });
for (const [suffix, options] of looks)
  await check(`media of a case: ${suffix}`, async () => {
    const page = await as('head', shownCase, options);
    await page.waitForSelector('.view.many');
    await page.waitForSelector(`.kept code:text("${caseId.slice(0, 8)}")`);
    await page.waitForSelector('.view:nth-child(2) img[src^="blob:"]');
    await page.keyboard.press('v');
    await assertAccessible(page);
    await shot(page, `media-covered-${suffix}`);
    await page.keyboard.down(' ');
    await opened(page);
    await shot(page, `media-open-${suffix}`);
    await page.keyboard.up(' ');
    await page.click('.exposure button');
    await shot(page, `media-choose-${suffix}`);
    assertClean(page, refused);
    await page.context().close();
  });

await done();
