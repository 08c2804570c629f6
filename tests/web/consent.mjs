// SPDX-License-Identifier: Apache-2.0
// The page of whoever is asked for consent: see, give, refuse, withdraw, erase, receipt.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, assertAccessible, assertClean, check, done, home, looks, open, phone, serve, shot }
  from './harness.mjs';

const h = home();
const partner = h.jz('key', 'add', 'acme', '--role', 'partner', '--party', 'acme-1').trim();
const server = await serve(h, '--per-minute', '100000');
const REFUSED = /Failed to load resource/;
const EVIL = '<script>alert(1)</script> مرحبا 👩‍👩‍👧';
const NUMBER = '网信算备330106000000001260001号';
const sha = 'ab'.repeat(32);

// A record of docs/consent.md; all in it is invented.
function record(key) {
  const now = Math.floor(Date.now() / 1000);
  return {
    schema_version: 'jz-consent/1 (ISO-IEC-TS-27560:2023)',
    pii_principal: { ref: 'person-1', age_band: 'adult', ...key && { key } },
    notice: { sha256: sha, url: 'javascript:alert(1)', language: 'en', shown_at: now },
    grant: { operation: 'face_swap', purpose: 'film', face_role: 'source', media_sha256: [sha],
      content_class: ['general'], never: ['intimate'], visibility: 'group', territory: ['CN'],
      commercial: false, max_outputs: 3, model_training: false, sublicensable: false,
      revocable: true },
    controllers: [{ party_id: 'acme-1', name: EVIL, algorithm_filing_no: NUMBER, address: 'a',
      contact: 'c', role: 'provider' }],
    recipients: [], storage_locations: ['CN-HZ'], retention_period: 'P30D', jurisdiction: 'CN',
    impact_assessment: 'pia', withdrawal_method: { url: 'u', phone: '1' },
    valid_from: now, valid_until: now + 86400,
    evidence_of_person: { method: 'notary', at: now, digest: sha },
  };
}
const request = (key) =>
  ask(server.url, 'POST', '/v1/consents', { key: partner, body: record(key) });

async function enter(page, { case: number, pin }) {
  await page.locator('main input').nth(0).fill(number);
  await page.locator('main input').nth(1).fill(pin);
  await page.getByRole('button', { name: /Show it|查看/ }).click();
  await page.waitForSelector('dl.facts');
}
// How many buttons are pressed until a consent that is shown is in a state.
async function press(page, names, state) {
  for (const name of names)
    await page.getByRole('button', { name, exact: true }).click();
  await page.waitForSelector(`.lead:has-text("${state}")`);
  return names.length;
}

let keyFile, publicKey, given;
await check('a key is made in the browser, and only its public part is shown', async () => {
  const page = await open(server.url, '/consent', phone);
  await page.click('text=I have no key yet');
  const [download] = await Promise.all([page.waitForEvent('download'),
    page.getByRole('button', { name: 'Make a key' }).click()]);
  keyFile = join(h.folder, 'consent-key.pem');
  await download.saveAs(keyFile);
  publicKey = await page.textContent('#public-key');
  assert.match(publicKey, /^[0-9a-f]{64}$/);
  assert.equal(page.log.requests.filter((r) => r.method() === 'POST').length, 0);
  assertClean(page);
  await page.context().close();
});

await check('what is asked is said whole; given by key, withdrawn in no more clicks', async () => {
  given = await request(publicKey);
  const page = await open(server.url, '/consent', phone);
  await enter(page, given);
  const text = await page.innerText('dl.facts');
  for (const words of [EVIL, 'swap faces in pictures', 'is put into other pictures', 'a film', 'anything intimate',
    '3 at most', '30 days', 'javascript:alert(1)'])
    assert.ok(text.includes(words), words);
  assert.equal(await page.locator('dl.facts a[href]').count(), 0, 'a link that runs something');
  await page.getByRole('button', { name: 'I agree' }).click();
  await page.waitForSelector('text=choose it first');
  const wrong = join(h.folder, 'wrong.pem');
  writeFileSync(wrong, 'no key');
  await page.setInputFiles('#key', wrong);
  await page.getByRole('button', { name: 'I agree' }).click();
  await page.waitForSelector('text=This is no key file');
  await page.setInputFiles('#key', keyFile);
  const gave = await press(page, ['I agree'], 'You have agreed');
  await assertAccessible(page);
  const [download] = await Promise.all([page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download a receipt' }).click()]);
  const receipt = join(h.folder, 'receipt.json'), policy = join(h.folder, 'policy');
  await download.saveAs(receipt);
  writeFileSync(policy, `log ${h.jz('ledger', 'key').trim()}\nquorum none\n`);
  assert.match(h.jz('consent', 'verify', receipt, '--policy', policy), /given/);
  const withdrew = await press(page, ['Withdraw'], 'You have withdrawn');
  assert.ok(withdrew <= gave);
  await press(page, ['Erase my personal data'], 'You have withdrawn').catch(() => {});
  assertClean(page);
  await page.context().close();
});

await check('without a key in the record there is no consent by PIN; refusing is one click', async () => {
  const asked = await request(undefined);
  const page = await open(server.url, '/consent');
  await enter(page, asked);
  await page.waitForSelector('text=sign the paper');
  assert.equal(await page.getByRole('button', { name: 'I agree' }).count(), 0);
  await press(page, ['Decide later'], 'You wanted to decide later');
  await press(page, ['I refuse'], 'You have refused');
  assertClean(page);
  await page.context().close();
});

await check('another key is refused, and said so', async () => {
  const asked = await request('11'.repeat(32));
  const page = await open(server.url, '/consent');
  await enter(page, asked);
  await page.setInputFiles('#key', keyFile);
  await page.getByRole('button', { name: 'I agree' }).click();
  await page.waitForSelector('text=not the one that the request names');
  assertClean(page, REFUSED);
  await page.context().close();
});

await check('two tabs: refused in one, the other is told and shows it', async () => {
  const asked = await request(undefined);
  const page = await open(server.url, '/consent');
  const other = await page.context().newPage();
  await other.goto(`${server.url}/consent`);
  await enter(page, asked);
  await enter(other, asked);
  await press(other, ['I refuse'], 'You have refused');
  await page.getByRole('button', { name: 'Decide later' }).click();
  await page.waitForSelector('.lead:has-text("You have refused")');
  assertClean(page, REFUSED);
  await page.context().close();
});

for (const [suffix, options] of looks)
  await check(`every view, ${suffix}: accessible, fits 360 pixels`, async () => {
    const asked = await request(publicKey);
    const page = await open(server.url, '/consent', { ...phone, ...options });
    await page.waitForSelector('main h1');
    await assertAccessible(page);
    await shot(page, `consent-${suffix}`);
    await enter(page, asked);
    await assertAccessible(page);
    await shot(page, `consent-asked-${suffix}`);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `${width} pixels`);
    assertClean(page);
    await page.context().close();
  });

await done();
