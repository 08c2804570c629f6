// SPDX-License-Identifier: Apache-2.0
// The console, as those who work with it do: setting up, deciding by keyboard alone, two at once,
// undoing, a session that is over in the middle of a decision.
import assert from 'node:assert/strict';
import { assertAccessible, assertClean, ask, check, done, home, looks, open, serve, shot }
  from './harness.mjs';
import { complain as complainOf, password, refused, shown, staff } from './staff.mjs';

const h = home();
const people = staff(h, { lin: 'moderator', wang: 'moderator', head: 'supervisor',
  audit: 'auditor' });
const key = h.jz('key', 'add', 'patrol', '--role', 'supervisor').trim();
const server = await serve(h, '--undo', '8');
people.server = server;

const { code, setUp, signIn, as, sessions } = people;
const complain = (more) => complainOf(server, key, more);

// ---- points ----

await check('the first set-up: one-time secret, authenticator, password, sign-in', async () => {
  const page = await open(server.url, '/console');
  await page.waitForSelector('main h1');
  await setUp('lin', page);
  await page.fill('[name=name]', 'lin');
  await page.fill('[name=password]', 'wrong password');
  await page.fill('[name=code]', '000000');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=Name, password or code is wrong');
  await signIn('lin', page);
  await page.waitForSelector('text=Claim the next one');
  sessions.lin = await page.context().storageState();
  const cookies = await page.context().cookies();
  assert.equal(cookies.length, 1);
  assert.ok(cookies[0].httpOnly && cookies[0].secure && cookies[0].sameSite === 'Strict');
  assert.equal(await page.evaluate(() => document.cookie), '');
  assertClean(page, /40[14]|422/);
  await page.context().close();
});

await check('20 items are decided by keyboard alone', async () => {
  for (let i = 0; i < 20; i++)
    await complain();
  const page = await as('lin');
  await page.waitForSelector('text=20 waiting');
  await page.keyboard.press('n');
  const seen = new Set();
  for (let i = 0; i < 20; i++) {
    const object = await shown(page);
    assert.ok(!seen.has(object), `${object} came twice`);
    seen.add(object);
    await page.keyboard.press(i % 2 === 0 ? '2' : '0');
    await page.keyboard.press('p');
    await page.keyboard.type('face-swap');
    await page.keyboard.press('Escape');
    await page.keyboard.press('f');
    await page.keyboard.type('as the item itself shows');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.waitForFunction((before) => location.hash !== before, object);
  }
  await page.waitForSelector('text=Nothing more waits for you');
  await page.waitForFunction(() => document.querySelector('.undo').hidden);
  await page.waitForTimeout(1500);
  const { decisions } = await ask(server.url, 'GET', '/v1/decisions', { key });
  const { complaints } = await ask(server.url, 'GET', '/v1/complaints?all=1', { key });
  assert.equal(decisions.length, 10);
  assert.ok(decisions.every((d) => d.by === 'staff:lin'));
  assert.deepEqual([10, 10], ['upheld', 'rejected'].map((s) =>
    complaints.filter((c) => c.state === s).length));
  assertClean(page, refused);
  await page.context().close();
});

await check('what is typed by an input method decides nothing', async () => {
  await complain();
  const page = await as('lin');
  await page.keyboard.press('n');
  await shown(page);
  for (const type of ['keydown', 'keyup'])
    await page.evaluate((name) => document.body.dispatchEvent(new KeyboardEvent(name,
      { key: '3', isComposing: true, bubbles: true })), type);
  assert.equal(await page.locator('[name=remove]').isChecked(), false);
  await page.keyboard.press('3');
  assert.equal(await page.locator('[name=remove]').isChecked(), true);
  await page.keyboard.press('f');
  await page.keyboard.type('1 2 3 ?');
  assert.equal(await page.locator('[name=stop_generate]').isChecked(), false);
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog.sheet');
  await page.keyboard.press('2');
  assert.equal(await page.locator('[name=stop_transmit]').isChecked(), false);
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  assertClean(page, refused);
  await page.context().close();
});

await check('two at once are never given the same item', async () => {
  for (let i = 0; i < 8; i++)
    await complain();
  const [a, b] = [await as('lin'), await as('wang')];
  const seen = [];
  for (let i = 0; i < 4; i++) {
    await Promise.all([a, b].map(async (page) => {
      const before = await page.evaluate(() => location.hash);
      await page.keyboard.press('n');
      await page.waitForFunction((was) => location.hash !== was && location.hash.includes('/case/'),
        before);
      await page.waitForSelector('.claim');
      await page.waitForTimeout(150);
      seen.push(await page.evaluate(() => location.hash));
    }));
  }
  const own = seen.at(-1) === await b.evaluate(() => location.hash) ? a : b;
  // Each skips what it had, so the other may be given it later: never both at the same time.
  for (let i = 0; i < seen.length; i += 2)
    assert.notEqual(seen[i], seen[i + 1]);
  await a.goto(`${server.url}/console${await b.evaluate(() => location.hash)}`);
  await a.waitForSelector('text=Somebody else works on this');
  assert.equal(await a.locator('.decision').count(), 0);
  assert.ok(own);
  await a.context().close();
  await b.context().close();
});

await check('a decision is undone, and was never done', async () => {
  const { complaint_id: id } = await complain({ category: 'minor-sexual' });
  const page = await as('lin');
  await page.goto(`${server.url}/console#/case/complaint:${id}`);
  await shown(page);
  await page.keyboard.press('0');
  await page.fill('[name=policy]', '3.2');
  await page.fill('[name=basis]', 'law');
  await page.fill('[name=reason]', 'no');
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('.undo:not([hidden])');
  await page.waitForFunction((was) => !location.hash.endsWith(was), id);
  await page.keyboard.press('u');
  await page.waitForSelector('text=Undone');
  await page.waitForTimeout(9500);
  const c = await ask(server.url, 'GET', `/v1/complaints/${id}`, { key });
  assert.equal(c.state, 'open');
  await page.context().close();
});

// Fills the form of a decision that stops an item.
async function stopIt(page) {
  await page.keyboard.press('2');
  await page.fill('[name=policy]', 'face-swap');
  await page.fill('[name=basis]', 'law, article 1');
  await page.fill('[name=facts]', 'a swapped face');
}

await check('what is shown beforehand is what is told afterwards', async () => {
  const { complaint_id: id, case: number, pin } = await complain({ role: 'user' });
  const page = await as('lin');
  await page.goto(`${server.url}/console#/case/complaint:${id}`);
  await shown(page);
  await page.waitForSelector('.told:has-text("Once nothing is missing")');
  await stopIt(page);
  await page.waitForSelector('.told h3');
  const texts = await page.locator('.told p').allTextContents();
  await page.click('.told button');
  await page.waitForSelector('.told p[lang=zh-CN]:has-text("依据条款 face-swap")');
  assert.deepEqual((await ask(server.url, 'GET', '/v1/decisions', { key })).decisions
    .filter((d) => d.complaint === id), []);
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('.undo:not([hidden])');
  await page.waitForTimeout(9500);
  const { decisions } = await ask(server.url, 'GET', '/v1/decisions', { key });
  const { decision_id: made } = decisions.find((d) => d.complaint === id);
  const notice = await ask(server.url, 'GET', `/v1/decisions/${made}/notice`, { key });
  const status = await ask(server.url, 'POST', '/v1/complaints/status', { body: {
    case: number, pin } });
  assert.deepEqual(texts, [status.notices.at(-1).says.en, notice.en]);
  assertClean(page, refused);
  await page.context().close();
});

await check('complaints of the same item are decided together, each is undone by itself', async () => {
  const sha256 = 'cd'.repeat(32);
  const ids = [];
  for (const category of ['fraud', 'impersonation', 'other', 'consent'])
    ids.push((await complain({ category, items: [{ sha256 },
      { url: `https://example.com/alike/${category}` }] })).complaint_id);
  const [a, b, c, d] = ids;
  const [lin, wang] = [await as('lin'), await as('wang')];
  await lin.goto(`${server.url}/console#/case/complaint:${a}`);
  await shown(lin);
  await lin.waitForSelector('.likes h2:has-text("3 other complaints")');
  await lin.waitForSelector('.likes:has-text("the same SHA-256")');
  await shot(lin, 'console-likes-en-light');
  await assertAccessible(lin);
  await lin.check('text=All of them');
  await wang.goto(`${server.url}/console#/case/complaint:${d}`);
  await shown(wang); // after it was ticked
  await stopIt(lin);
  await lin.keyboard.press('Control+Enter');
  await lin.waitForSelector(`text=${d.slice(0, 8)}: staff:wang works on it`);
  await lin.waitForFunction(() => document.querySelectorAll('.undo li').length === 3);
  await lin.click(`.undo li:has-text("${c.slice(0, 8)}") button`);
  await lin.waitForFunction(() => document.querySelectorAll('.undo li').length === 2);
  await lin.waitForTimeout(9500);
  const states = [];
  for (const id of ids)
    states.push((await ask(server.url, 'GET', `/v1/complaints/${id}`, { key })).state);
  assert.deepEqual(states, ['upheld', 'upheld', 'open', 'open']);
  const { decisions } = await ask(server.url, 'GET', '/v1/decisions', { key });
  assert.deepEqual([a, b, c, d].map((id) => decisions.filter((x) => x.complaint === id).length),
    [1, 1, 0, 0]);
  for (const page of [lin, wang]) {
    assertClean(page, refused);
    await page.context().close();
  }
});

await check('a long queue is scrolled and filtered without loading the page again', async () => {
  for (let i = 0; i < 130; i++)
    await complain({ category: i % 2 ? 'unlabelled' : 'other' });
  const page = await as('lin');
  await page.waitForSelector('.queue-row');
  let loads = 0;
  page.on('framenavigated', () => loads++);
  const before = page.log.requests.length;
  const rows = async (n) => {
    for (;;) {
      const have = await page.locator('.queue-row').count();
      if (have >= n || await page.locator('.queue-scroll > p').textContent() === '')
        return page.locator('.queue-row').evaluateAll((all) => all.map((r) => r.hash));
      await page.evaluate(() => document.querySelector('.queue-scroll').scrollTo(0, 1e7));
      await page.waitForTimeout(50);
    }
  };
  const all = await rows(130);
  assert.ok(all.length >= 130 && new Set(all).size === all.length);
  await page.selectOption('.queue-tools select >> nth=1', 'unlabelled');
  await page.waitForFunction(() => document.querySelectorAll('.queue-row').length === 65);
  assert.equal(loads, 0);
  const paths = page.log.requests.slice(before).map((r) => new URL(r.url()).pathname);
  assert.ok(paths.every((p) => p.startsWith('/v1/')), String(paths));
  assertClean(page, refused);
  await page.context().close();
});

await check('a session that is over in mid-decision: sign in, and it goes on', async () => {
  const { complaint_id: id } = await complain({ category: 'minor-sexual' });
  const page = await as('wang');
  await page.goto(`${server.url}/console#/case/complaint:${id}`);
  await shown(page);
  await page.keyboard.press('0');
  await page.fill('[name=policy]', '3.2');
  await page.fill('[name=basis]', 'law');
  await page.fill('[name=reason]', 'typed before the session was over');
  await page.context().clearCookies();
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('dialog[open]');
  await page.fill('dialog [name=password]', password);
  await page.fill('dialog [name=code]', await code('wang'));
  await page.keyboard.press('Enter');
  await page.waitForSelector('.undo:not([hidden])');
  sessions.wang = await page.context().storageState();
  await page.waitForTimeout(9500);
  const c = await ask(server.url, 'GET', `/v1/complaints/${id}`, { key });
  assert.equal(c.state, 'rejected');
  assertClean(page, refused);
  await page.context().close();
});

await check('names of 10 000 characters, script and turned text stay text', async () => {
  const bad = `<img src=x onerror=alert(1)>\u202Etxet ${'很长'.repeat(160)} 😀`;
  const { complaint_id: id } = await complain({ category: 'minor-sexual', description: bad });
  const page = await as('lin');
  await page.goto(`${server.url}/console#/case/complaint:${id}`);
  await page.waitForSelector('text=onerror');
  assert.equal(await page.locator('main img[src=x]').count(), 0);
  assertClean(page, refused);
  await page.context().close();
});

await check('an entry of a bank is confirmed by two persons', async () => {
  await ask(server.url, 'POST', '/v1/banks', { key, body: { bank: 'known' } });
  await ask(server.url, 'POST', '/v1/banks/known/entries', { key, body: {
    signals: [{ type: 'sha256', hash: 'ab'.repeat(32) }], source: 'a report', category: 'fraud' } });
  const status = async () => (await ask(server.url, 'GET', '/v1/banks/known/entries', { key }))
    .entries[0].status;
  const [a, b] = [await as('lin', {}, '/console#/banks/known'),
    await as('wang', {}, '/console#/banks/known')];
  await a.click('button:has-text("Confirm")');
  await a.waitForSelector('text=Another person has to confirm');
  await a.click('button:has-text("Confirm")');
  await a.waitForSelector('.problem:not([hidden])');
  assert.equal(await status(), 'seed');
  await b.click('button:has-text("Confirm")');
  await b.waitForSelector('.badge:has-text("confirmed")');
  assert.equal(await status(), 'confirmed');
  assertClean(a, refused);
  assertClean(b, refused);
  await a.context().close();
  await b.context().close();
});

for (const [suffix, options] of looks)
  await check(`sign-in, queue, case: ${suffix}`, async () => {
    for (const category of ['intimate-synthetic', 'minor-sexual', 'impersonation'])
      await complain({ category, description: 'Shown in a group of 300 people.',
        items: [{ url: `https://example.com/${suffix}/${category}` },
          { sha256: 'ab'.repeat(32) }] });
    const out = await open(server.url, '/console', options);
    await out.waitForSelector('main h1');
    await shot(out, `console-sign-${suffix}`);
    await assertAccessible(out);
    await out.context().close();
    const page = await as('lin', options);
    await page.waitForSelector('.queue-row');
    await shot(page, `console-queue-${suffix}`);
    await assertAccessible(page);
    await page.keyboard.press('n');
    await shown(page);
    await page.keyboard.press('5');
    await page.keyboard.press('3');
    await shot(page, `console-case-${suffix}`);
    await assertAccessible(page);
    await page.keyboard.press('?');
    await page.waitForSelector('dialog.sheet');
    await shot(page, `console-keys-${suffix}`);
    await page.keyboard.press('Escape');
    for (const name of ['accounts', 'consents']) {
      await page.goto(`${server.url}/console#/${name}`);
      await page.waitForSelector('.pad h1');
      await page.waitForTimeout(300);
      await assertAccessible(page);
      await shot(page, `console-${name.replace('/', '-')}-${suffix}`);
    }
    assertClean(page, refused);
    await page.context().close();
  });

await check('who runs it sees how it does, and decides nothing without the right', async () => {
  const head = await as('head', {}, '/console#/operations');
  await head.goto(`${server.url}/console#/operations`);
  await head.waitForSelector('text=Clocks at risk');
  await assertAccessible(head);
  await shot(head, 'console-operations-en-light');
  await head.context().close();
  const audit = await as('audit');
  await complain();
  await audit.reload();
  await audit.click('.queue-row >> nth=0');
  await audit.waitForSelector('text=You can look at this');
  assert.equal(await audit.locator('.decision').count(), 0);
  assertClean(audit, refused);
  await audit.context().close();
});

await check('an account has the ladder drawn, and how far it has come', async () => {
  const { complaint_id: complaint } = await complain();
  await ask(server.url, 'POST', '/v1/decisions', { key, body: { complaint, ground: 'incompatible',
    category: 'fraud', policy: '3.2', basis: 'law', facts: 'seen', content_type: ['text'],
    content_date: '2026-11-01', language: 'zh-CN', source: 'voluntary', automated_detection: false,
    automated_decision: 'no', account: 'acct-1', severity: 'critical', measures: [{ measure: 'warn' }] } });
  const page = await as('head', {}, '/console#/accounts/acct-1');
  await page.waitForSelector('text=account closed + evidence preserved');
  assert.equal(await page.locator('tbody tr').count(), 4);
  assert.equal(await page.locator('.badge', { hasText: 'reached' }).count(), 4);
  await assertAccessible(page);
  assertClean(page);
  await page.context().close();
});

await done();
