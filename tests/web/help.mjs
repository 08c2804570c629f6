// SPDX-License-Identifier: Apache-2.0
// The page of whoever is shown: from what happened to what became of it, and all that goes wrong.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { ask, assertAccessible, assertClean, check, done, home, looks, open, phone, serve, shot }
  from './harness.mjs';

const h = home();
const key = (role) => h.jz('key', 'add', role, '--role', role).trim();
const moderator = key('moderator'), supervisor = key('supervisor');
writeFileSync(join(h.env.JZ_HOME, 'help-lines.json'), JSON.stringify({ lines: [
  { name: 'A line', contact: '000-000', note: 'day and night', language: 'en' },
  { name: '某热线', contact: '000-001', language: 'zh-CN' }] }));
let server = await serve(h, '--per-minute', '100000');
const EVIL = '<img src=x onerror=alert(1)><script>alert(2)</script>';
const REFUSED = /Failed to load resource/; // the browser's own words for a status of 400 and more

// A PNG of noise, so that it has enough in it for a hash. Invented, not a picture of anybody.
function png(name, seed, side = 256) {
  const table = new Uint32Array(256).map((_, n) => {
    for (let k = 0; k < 8; k++)
      n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n >>> 0;
  });
  const crc = (b) => ~b.reduce((c, x) => table[(c ^ x) & 255] ^ (c >>> 8), ~0) >>> 0;
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const size = Buffer.alloc(4), sum = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc(body));
    return Buffer.concat([size, body, sum]);
  };
  const rows = Buffer.alloc(side * (side * 3 + 1));
  for (let y = 0, at = 0, x = seed; y < side; y++) {
    rows[at++] = 0;
    for (let i = 0; i < side * 3; i++) {
      x = (x * 1103515245 + 12345) & 0x7fffffff;
      rows[at++] = (Math.floor(i / 96) * 37 + Math.floor(y / 32) * 91 * seed + (x >> 20)) & (seed > 0 ? 255 : 0);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const path = join(h.folder, name);
  writeFileSync(path, Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]));
  return path;
}
const picture = png('private name.png', 7);

const labels = { what: /they are faked/, who: /^I am$/, age: /^18 or older/ };
async function answer(page, what = labels) {
  for (const label of Object.values(what))
    await page.getByLabel(label).check();
  await page.getByLabel('Your country').selectOption('US');
  await page.getByLabel(/has not agreed/).check();
}
async function send(page) {
  await page.getByRole('button', { name: 'Send' }).click();
  await page.waitForSelector('#ticket-case');
  return { case: await page.textContent('#ticket-case'), pin: await page.textContent('#ticket-pin') };
}
async function enter(page, access) {
  await page.getByLabel('Case number').fill(access.case.toLowerCase());
  await page.getByLabel('PIN').fill(` ${access.pin} `);
  await page.getByRole('button', { name: 'Show it' }).click();
  await page.waitForSelector(`text=Case ${access.case}`);
  await page.waitForSelector('h2:has-text("What happened so far")');
}

let access;
await check('a report with a picture: only hashes leave, the ticket is shown once', async () => {
  const page = await open(server.url, '/help', phone);
  await page.click('text=Tell us what happened');
  await answer(page);
  await page.setInputFiles('#files', picture);
  await page.waitForSelector('.files >> text=/Ready|cannot open/');
  await page.getByLabel('Links', { exact: true }).fill('https://example.org/a\nhttps://example.org/b');
  await page.getByLabel(/What you want to tell/).fill(`${EVIL} مرحبا 👩‍👩‍👧 ${'\u202e'}x`);
  access = await send(page);
  assert.match(access.case, /^JZ-/);
  assert.match(access.pin, /^\d{8}$/);
  const bytes = readFileSync(picture);
  for (const r of page.log.requests.filter((q) => q.method() === 'POST')) {
    const body = r.postDataBuffer();
    assert.match(r.headers()['content-type'], /^application\/json/);
    assert.ok(body.length < 3000, `${body.length} bytes leave`);
    assert.ok(!body.includes('private name'), 'the name of the file leaves');
    assert.ok(!body.includes(bytes.subarray(100, 130)) && !body.includes('base64'));
    const sent = JSON.parse(body);
    assert.equal(sent.items[2].sha256, createHash('sha256').update(bytes).digest('hex'));
    assert.equal(sent.age_band, 'adult');
    assert.equal(sent.category, 'intimate-synthetic');
    const want = JSON.parse(h.jz('hash', '--json', picture));
    if (sent.items[2].pdq)
      assert.equal(sent.items[2].pdq, want.pdq);
  }
  await assertAccessible(page);
  await page.emulateMedia({ media: 'print' });
  assert.ok(await page.isVisible('#ticket-pin'));
  assert.ok(!await page.isVisible('.head'));
  assertClean(page);
  await page.context().close({ runBeforeUnload: false });
});

await check('the status says what waits for what; contact and signature can be added', async () => {
  const page = await open(server.url, '/help#case');
  await enter(page, access);
  assert.ok(await page.isVisible('text=/TAKE IT DOWN.*needs from you/'));
  assert.ok(await page.isVisible('text=https://example.org/a'));
  await page.click('summary:has-text("Add something")');
  await page.getByLabel(/How to reach you/).fill('someone@example.org');
  await page.getByLabel(/Signature/).fill('A. Name');
  await page.getByLabel('Links', { exact: true }).fill('https://example.org/c');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.waitForSelector('text=https://example.org/c');
  await page.waitForSelector('text=/TAKE IT DOWN.*due by/');
  await assertAccessible(page);
  assertClean(page);
  await page.context().close();
});

// The platform decides, and acknowledges what was ordered.
async function decide() {
  const { complaints } = await ask(server.url, 'GET', '/v1/complaints', { key: moderator });
  const { decision } = await ask(server.url, 'POST', '/v1/decisions', { key: moderator, body: {
    ground: 'illegal', policy: '3.2', basis: 'a law', facts: 'as the complaint says',
    category: 'intimate-synthetic', content_type: ['image'], content_date: '2026-11-01',
    language: 'en', source: 'other-notification', automated_detection: false,
    automated_decision: 'no', complaint: complaints[0].complaint_id,
    no_evidence_reason: 'a test', measures: [
      { measure: 'remove', target: 'https://example.org/a' },
      { measure: 'remove', target: 'https://elsewhere.example/copy' }] } });
  return decision;
}

await check('outcome: what was removed where, the reason, a receipt whose leaves are its events',
  async () => {
    await decide();
    for (const m of (await ask(server.url, 'GET', '/v1/measures', { key: moderator })).measures)
      await ask(server.url, 'POST', `/v1/measures/${m.measure ?? m.number}/acts`,
        { key: moderator, body: { act: 'acknowledge' } });
    const page = await open(server.url, '/help#case');
    await enter(page, access);
    assert.ok(await page.isVisible('.lead:has-text("It is done")'));
    assert.ok(await page.isVisible('li:has-text("https://example.org/a") .badge.good'));
    assert.ok(await page.isVisible('li:has-text("https://elsewhere.example/copy") .badge.good'));
    const [download] = await Promise.all([page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download a receipt' }).click()]);
    const receipt = JSON.parse(readFileSync(await download.path(), 'utf8'));
    const own = receipt.events.filter((e) => e.text !== undefined);
    assert.deepEqual(own.map((e) => e.kind), ['filed', 'added']);
    for (const e of own)
      assert.ok(e.leaf.includes(createHash('sha256').update(e.text).digest('base64')), e.kind);
    for (const e of receipt.events)
      assert.match(e.proof, /^c2sp\.org\/tlog-proof@v1\n/);
    assert.ok(!JSON.stringify(receipt).includes('key:moderator'), 'names who works on it');
    assertClean(page);
    await page.context().close();
  });

await check('appeal: another look', async () => {
  const page = await open(server.url, '/help#case');
  await enter(page, access);
  await page.click('summary:has-text("I do not agree")');
  await page.getByRole('button', { name: 'Ask for another look' }).click();
  await page.waitForSelector('text=Say why');
  await page.getByLabel('Why not?').fill(EVIL);
  await page.getByRole('button', { name: 'Ask for another look' }).click();
  await page.waitForSelector('text=Somebody else is looking at it again');
  assertClean(page);
  await page.context().close();
});

await check('two tabs: what the other has ended is not done again', async () => {
  const page = await open(server.url, '/help#case');
  await enter(page, access);
  const other = await page.context().newPage();
  await other.goto(`${server.url}/help#case`);
  await enter(other, access);
  await other.getByRole('button', { name: 'Withdraw' }).click();
  await other.getByRole('button', { name: 'Yes' }).click();
  await other.waitForSelector('text=You have withdrawn it');
  await page.getByRole('button', { name: 'Withdraw' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await page.waitForSelector('text=Something has changed meanwhile');
  await page.waitForSelector('text=You have withdrawn it');
  assertClean(page, REFUSED);
  await page.context().close();
});

await check('a wrong PIN is said in words', async () => {
  const page = await open(server.url, '/help#case');
  await page.getByLabel('Case number').fill('JZ-00000000000');
  await page.getByLabel('PIN').fill('12345678');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=The case number or the PIN is not right');
  await page.context().close();
});

await check('what is missing or too long is said before anything is sent; nothing is lost', async () => {
  const page = await open(server.url, '/help#new');
  const say = async (words) => {
    await page.getByRole('button', { name: 'Send' }).click();
    await page.waitForSelector(`.problem:has-text("${words}")`);
  };
  await say('Answer the first three questions');
  await answer(page);
  await say('Give a link');
  await page.getByLabel('Links', { exact: true }).fill('https://example.org/x');
  const long = 'ن'.repeat(5000) + '🙂'.repeat(2500);
  await page.getByLabel(/How to reach you/).fill(long);
  await say('This is too long');
  assert.equal(await page.getByLabel(/How to reach you/).inputValue(), long);
  await page.click('text=中文');
  await page.waitForSelector('text=告诉我们发生了什么');
  assert.equal(await page.locator('#form-contact').inputValue(), long);
  await page.click('text=English');
  await page.getByLabel(/How to reach you/).fill(EVIL);
  await page.getByRole('link', { name: 'Back' }).click();
  await page.waitForSelector('text=Good to know');
  await page.goBack();
  await page.waitForSelector('#form-contact');
  assert.equal(await page.locator('#form-contact').inputValue(), EVIL);
  assert.equal(page.log.requests.filter((r) => r.method() === 'POST').length, 0);
  assertClean(page);
  await page.context().close();
});

await check('files that are broken, empty or no picture are told apart', async () => {
  const page = await open(server.url, '/help#new');
  const broken = join(h.folder, 'broken.jpg'), text = join(h.folder, `مرحبا ${'n'.repeat(200)}.mp4`);
  writeFileSync(broken, readFileSync(picture).subarray(0, 60));
  writeFileSync(text, 'no video');
  await page.setInputFiles('#files', [broken, text, png('flat.png', 0, 8)]);
  await page.waitForFunction(() => document.querySelectorAll('.files li details').length === 3 ||
    document.querySelector('.field .warning'));
  if (await page.isVisible('.field > .warning'))
    return 'built without clang and lld';
  assert.equal(await page.locator('.files li:has-text("only exact copies")').count(), 3);
  await page.locator('.files button').first().click();
  assert.equal(await page.locator('.files li').count(), 2);
  assertClean(page);
  await page.context().close();
});

await check('a dead server: says so, keeps all; the next press goes through', async () => {
  const page = await open(server.url, '/help#new');
  await answer(page);
  await page.getByLabel('Links', { exact: true }).fill('https://example.org/dead');
  const port = new URL(server.url).port;
  await server.stop();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.waitForSelector('text=The server cannot be reached');
  assert.equal(await page.getByLabel('Links', { exact: true }).inputValue(), 'https://example.org/dead');
  server = await serve(h, '--per-minute', '100000', '--listen', `127.0.0.1:${port}`);
  assert.match((await send(page)).case, /^JZ-/);
  assertClean(page, REFUSED);
  await page.context().close();
});

await check('leaving: another site at once, and no way back to what was shown', async () => {
  const page = await open(server.url, '/help#case');
  await page.context().route(/bing|baidu/, (r) => r.fulfill({ body: 'elsewhere' }));
  await page.click('text=Leave now');
  await page.waitForSelector('text=elsewhere');
  await page.goBack({ timeout: 2000 }).catch(() => {});
  assert.ok(!page.url().includes('/help'));
  await page.context().close();
});

await check('without hashes in this build the page says so and takes links', async () => {
  const page = await open(server.url);
  await page.context().route('**/hash.wasm', (r) => r.fulfill({ status: 404 }));
  await page.goto(`${server.url}/help#new`);
  await page.waitForSelector('text=Give the links only');
  assertClean(page, REFUSED);
  await page.context().close();
});

for (const [suffix, options] of looks)
  await check(`every view, ${suffix}: accessible`, async () => {
    const page = await open(server.url, '/help', { ...phone, ...options });
    await page.waitForSelector('main ul li:has-text("000-00")');
    await assertAccessible(page);
    await shot(page, `help-${suffix}`);
    await page.goto(`${server.url}/help#new`);
    await page.setInputFiles('#files', picture);
    await page.waitForSelector('.files details, .field > .warning');
    await page.getByRole('button', { name: /Send|提交/ }).click();
    await assertAccessible(page);
    await shot(page, `help-new-${suffix}`);
    await page.locator('input[name=what]').first().check();
    await page.locator('input[name=who]').first().check();
    await page.locator('input[name=age]').first().check();
    await page.locator('#form-links').fill(`https://example.org/${suffix}`);
    await page.locator('#form-country').selectOption('US');
    await page.locator('#form-agreed').check();
    await page.getByRole('button', { name: /Send|提交/ }).click();
    await page.waitForSelector('#ticket-case');
    await shot(page, `help-sent-${suffix}`);
    await page.locator('.row button').nth(1).click();
    await page.waitForSelector('progress');
    await page.locator('summary').first().click();
    await assertAccessible(page);
    await shot(page, `help-case-${suffix}`);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `${width} pixels`);
    assertClean(page);
    await page.context().close();
  });

await done();
