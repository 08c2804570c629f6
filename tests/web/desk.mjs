// SPDX-License-Identifier: Apache-2.0
// The console's pages beside the queue: rules, reports, what is near in a bank, proofs, quality;
// and what goes wrong while somebody decides. Who signs in is named by a proxy's header.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { assertAccessible, assertClean, ask, check, done, home, looks, open, serve, shot }
  from './harness.mjs';
import { complain as complainOf, refused, shown } from './staff.mjs';

const h = home();
for (const [name, role] of Object.entries({ lin: 'moderator', wang: 'moderator', zhou: 'supervisor',
  head: 'supervisor', audit: 'auditor' }))
  h.jz('staff', 'add', name, '--role', role);
const key = h.jz('key', 'add', 'patrol', '--role', 'supervisor').trim();
let server = await serve(h, '--staff-header', 'X-Staff', '--undo', '2');
const samples = join(import.meta.dirname, '..', 'data', 'media');
const complain = (more) => complainOf(server, key, more);

const byHeader = (page, who) => page.evaluate(async (name) => (await fetch('/v1/session', {
  method: 'POST', body: '{}',
  headers: { 'Content-Type': 'application/json', 'X-Staff': name },
})).status, who);

// A page of somebody who has signed in.
async function as(name, path = '/console', options = {}) {
  const page = await open(server.url, '/console', options);
  assert.equal(await byHeader(page, name), 200);
  await page.goto(`${server.url}${path}`);
  await page.reload();
  await page.waitForSelector('.console-nav a');
  return page;
}

const waits = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// ---- points ----

await check('a proxy names who has signed in; without the option its header means nothing',
  async () => {
    const page = await open(server.url, '/console');
    await page.waitForSelector('main h1');
    assert.equal(await byHeader(page, 'nobody'), 422);
    assert.equal(await byHeader(page, 'lin'), 200);
    const session = await page.evaluate(async () => (await fetch('/v1/session')).json());
    assert.equal(session.name, 'lin');
    assert.equal(session.role, 'moderator');
    await page.context().close();
    const other = await serve(h);
    const bare = await open(other.url, '/console');
    await bare.waitForSelector('main h1');
    assert.notEqual(await byHeader(bare, 'lin'), 200);
    await bare.context().close();
    await other.stop();
    const elsewhere = await serve(h, '--staff-header', 'X-Staff', '--staff-proxy', '192.0.2.7');
    const far = await open(elsewhere.url, '/console');
    await far.waitForSelector('main h1');
    assert.notEqual(await byHeader(far, 'lin'), 200);
    await far.context().close();
    await elsewhere.stop();
  });

const rules = `ruleset "words" {
  rule shop "an offer" {
    when any_of(text, ["face swap"]);
    then queue("sellers", 5);
    policy "3.5"; severity high; mode live;
  }
}
`;

await check('rules are edited, checked, tested, compared, and made live by two persons', async () => {
  const page = await as('head', '/console#/rules');
  await page.fill('[name=rules]', rules.replace('any_of(text', 'any_of(txet'));
  await page.click('button:has-text("Check")');
  await page.waitForSelector('text=Wrong at line 3, column');
  assert.equal(await page.evaluate(() => document.activeElement.name), 'rules');
  await page.fill('[name=rules]', rules);
  await page.click('button:has-text("Check")');
  await page.waitForSelector('text=It compiles');
  await page.click('summary:has-text("Test cases")');
  await page.fill('[name=cases]', ['{"name":"an offer","inputs":{"at":1,"op":"message",' +
    '"text":"face swap"},"fired":["shop"]}', '{"name":"wrong","inputs":{"at":1,"op":"message",' +
    '"text":"hello"},"fired":["shop"]}'].join('\n'));
  await page.click('button:has-text("Run the cases")');
  await page.waitForSelector('text=2 cases, 1 failed');
  await page.click('button:has-text("Keep as a draft")');
  await page.waitForSelector('.badge:has-text("draft")');
  await page.click('button:has-text("Approve")');
  await page.waitForSelector('text=Another person has to approve it');
  const other = await as('zhou', '/console#/rules');
  await other.click('button:has-text("Approve")');
  await other.waitForSelector('.badge:has-text("live")');
  for (const text of ['a face swap', 'hello'])
    await ask(server.url, 'POST', '/v1/rules/decisions', { key, body: { at: 1790000000,
      op: 'message', text } });
  await other.click('button:has-text("Open")');
  await other.waitForFunction(() => document.querySelector('[name=rules]').value.includes('shop'));
  await other.fill('[name=rules]', rules.replace('face swap', 'hello'));
  await other.click('button:has-text("Compare")');
  await other.waitForSelector('text=0 of 2 decisions are the same');
  await other.waitForSelector('td:has-text("+1")');
  assertClean(page, refused);
  assertClean(other, refused);
  await page.context().close();
  await other.context().close();
});

await check('numbers are counted and drawn', async () => {
  await complain({ category: 'impersonation' });
  const page = await as('audit', '/console#/reports');
  await page.waitForSelector('h3:has-text("Complaints")');
  assert.ok(await page.locator('svg.plot').count() > 2);
  assert.match(await page.getAttribute('a[download$=".csv"]', 'href'), /^blob:/);
  assert.equal(await page.locator('text=What is held about somebody').count(), 0);
  assertClean(page, refused);
  await page.context().close();
});

await check('what is near in a bank is found by a file that stays here', async () => {
  await ask(server.url, 'POST', '/v1/banks', { key, body: { bank: 'known' } });
  const hashed = JSON.parse(h.jz('hash', '--json', join(samples, 'progressive.jpg')).split('\n')[0]);
  const pdq = JSON.stringify(hashed).match(/"pdq"[^}]*?"([0-9a-f]{64})"/)[1];
  const flipped = (parseInt(pdq[0], 16) ^ 7).toString(16) + pdq.slice(1);
  for (const hash of [pdq, flipped])
    await ask(server.url, 'POST', '/v1/banks/known/entries', { key, body: {
      signals: [{ type: 'pdq', hash, quality: 100 }], source: 'a report', category: 'fraud' } });
  const page = await as('lin', '/console#/banks/known');
  await page.waitForSelector('text=Or choose a picture');
  const before = page.log.requests.length;
  await page.setInputFiles('[name=file]', join(samples, 'progressive.jpg'));
  await page.waitForSelector('text=Entries within 31 bits: 2');
  assert.ok(page.log.requests.slice(before).every((r) => r.method() === 'GET'));
  const bits = await page.locator('section:has(> form [name=hash]) tbody tr td:first-child')
    .allTextContents();
  assert.equal(Number(bits[1]) - Number(bits[0]) > 0, true);
  await page.locator('section:has(> form [name=hash]) button:has-text("False match")').first()
    .click();
  await page.waitForSelector('text=Entries within 31 bits: 1');
  await assertAccessible(page);
  assertClean(page, refused);
  await page.context().close();
});

await check('a proof is checked in the browser; one that was changed does not hold', async () => {
  const page = await as('audit', '/console#/ledger/0');
  await page.click('button:has-text("Check it here")');
  await page.waitForSelector('.badge.good >> nth=1');
  assert.equal(await page.locator('.badge.bad, .badge.warning').count(), 0);
  await page.route('**/v1/ledger/proof/1', async (route) => {
    const reply = await route.fetch();
    const text = (await reply.text()).replace(/^index 1$/m, 'index 2');
    await route.fulfill({ response: reply, body: text });
  });
  await page.goto(`${server.url}/console#/ledger/1`);
  await page.click('button:has-text("Check it here")');
  await page.waitForSelector('.badge.bad');
  await page.route('**/v1/ledger/proof/3', async (route) => {
    const reply = await route.fetch();
    const text = (await reply.text()).replace(/(\n— \S+ \S{12})(\S)/, (_, a, b) =>
      a + (b === 'A' ? 'B' : 'A'));
    await route.fulfill({ response: reply, body: text });
  });
  await page.goto(`${server.url}/console#/ledger/3`);
  await page.click('button:has-text("Check it here")');
  await page.waitForSelector('.badge.bad');
  assert.equal(await page.locator('.badge.good').count(), 1);
  assertClean(page, refused);
  await page.context().close();
});

const put = (page, body) => page.evaluate(async (sent) => {
  const { csrf } = await (await fetch('/v1/session')).json();
  return (await fetch('/v1/quality/shares', { method: 'PUT', body: sent, headers: {
    'Content-Type': 'application/json', 'Jz-Csrf': csrf } })).status;
}, JSON.stringify(body));

async function decide(page, kind, policy) {
  await shown(page);
  await page.keyboard.press(kind === 'none' ? '0' : '2');
  await page.fill('[name=policy]', policy);
  await page.fill('[name=basis]', 'law');
  await page.fill(kind === 'none' ? '[name=reason]' : '[name=facts]', 'as shown');
  const before = await page.evaluate(() => location.hash);
  await page.keyboard.press('Control+Enter');
  await page.waitForFunction((was) => location.hash !== was, before);
}

await check('a second person is asked without knowing, and a supervisor settles what differs',
  async () => {
    const head = await as('head', '/console#/quality');
    assert.equal(await put(head, { golden: 0, second: 1000, severe: [] }), 200);
    const { complaint_id: id } = await complain({ category: 'minor-sexual',
      description: 'the second look' });
    const lin = await as('lin', `/console#/case/complaint:${id}`);
    await decide(lin, 'none', '3.2');
    await waits(3500);
    const wang = await as('wang');
    await wang.waitForSelector('.queue-row');
    await wang.keyboard.press('n');
    await shown(wang);
    assert.ok(!(await wang.evaluate(() => location.hash)).endsWith(id));
    await wang.waitForSelector('text=the second look');
    assert.equal(await wang.locator('text=rejected').count(), 0);
    await shot(wang, 'console-second-en-light');
    await decide(wang, 'violation', '3.2');
    await waits(3500);
    await head.reload();
    await head.waitForSelector('text=Where two differ');
    await head.waitForSelector('[name=reason]');
    await head.fill('[name=reason]', 'it is one');
    await head.click('button:has-text("Settle it")');
    await head.waitForSelector('text=open again');
    const c = await ask(server.url, 'GET', `/v1/complaints/${id}`, { key });
    assert.equal(c.state, 'appealed');
    await head.waitForSelector('td:has-text("a violation at all")');
    await assertAccessible(head);
    assertClean(head, refused);
    for (const page of [head, lin, wang])
      await page.context().close();
  });

await check('a golden item looks like any other; whoever decided it is told', async () => {
  const head = await as('head', '/console#/quality');
  assert.equal(await put(head, { golden: 0, second: 0, severe: [] }), 200);
  const { complaint_id: id } = await complain({ category: 'minor-sexual' });
  const lin = await as('lin', `/console#/case/complaint:${id}`);
  await decide(lin, 'none', '4.1');
  await waits(3500);
  await head.fill('[name=golden][maxlength]', id);
  await head.click('button:has-text("Make it a control item")');
  await head.waitForSelector('text=0 of 0 right');
  assert.equal(await put(head, { golden: 1000, second: 0, severe: [] }), 200);
  const wang = await as('wang');
  await wang.waitForSelector('.queue-row');
  await wang.keyboard.press('n');
  await shown(wang);
  assert.ok(!(await wang.evaluate(() => location.hash)).endsWith(id));
  await decide(wang, 'violation', '3.2');
  await waits(3500);
  assert.equal(await put(head, { golden: 0, second: 0, severe: [] }), 200);
  await wang.goto(`${server.url}/console#/queue`);
  await wang.reload();
  await wang.waitForSelector('text=One of the last items was a control item');
  await wang.click('text=See the result');
  await wang.waitForSelector('text=0 of 1 agree');
  await assertAccessible(wang);
  assertClean(wang, refused);
  for (const page of [head, lin, wang])
    await page.context().close();
});

await check('a decision with the date of the content has its statement of reasons', async () => {
  const { complaint_id: id } = await complain({ category: 'intimate' });
  const page = await as('lin', `/console#/case/complaint:${id}`);
  await shown(page);
  await page.keyboard.press('2');
  for (const [name, text] of [['policy', '3.2'], ['basis', 'law'], ['facts', 'as shown'],
    ['contentDate', '2026-11-01']])
    await page.fill(`[name=${name}]`, text);
  await page.keyboard.press('Control+Enter');
  await waits(3500);
  const { decisions } = await ask(server.url, 'GET', '/v1/decisions', { key });
  const made = decisions.find((d) => d.complaint === id);
  const said = await ask(server.url, 'GET', `/v1/decisions/${made.decision_id}/statement`, { key });
  assert.equal(said.content_date, '2026-11-01');
  await page.context().close();
});

// ---- what goes wrong ----

const gone = /ERR_CONNECTION|Failed to fetch|Failed to load|40[149]/;

await check('the server dies in mid-decision: what was typed stays, and it is decided once',
  async () => {
    const { complaint_id: id } = await complain({ category: 'minor-sexual' });
    const page = await as('lin', `/console#/case/complaint:${id}`);
    await shown(page);
    await page.keyboard.press('0');
    await page.fill('[name=policy]', '3.2');
    await page.fill('[name=basis]', 'law');
    await page.fill('[name=reason]', 'typed before the server was gone');
    const place = server.url.replace('http://', '');
    await server.stop();
    await page.click('.decision button[type=submit]');
    await page.waitForSelector('text=The server cannot be reached');
    assert.equal(await page.inputValue('[name=reason]'), 'typed before the server was gone');
    server = await serve(h, '--staff-header', 'X-Staff', '--undo', '2', '--listen', place);
    await page.click('.decision button[type=submit]');
    await page.waitForFunction((was) => !location.hash.endsWith(was), id);
    await waits(3500);
    const c = await ask(server.url, 'GET', `/v1/complaints/${id}`, { key });
    assert.equal(c.state, 'rejected');
    assertClean(page, gone);
    await page.context().close();
  });

await check('two tabs of one person decide once', async () => {
  const { complaint_id: id } = await complain({ category: 'minor-sexual' });
  const one = await as('lin', `/console#/case/complaint:${id}`);
  await shown(one);
  const two = await one.context().newPage();
  await two.goto(`${server.url}/console#/case/complaint:${id}`);
  await two.waitForSelector('.decision');
  const fill = async (page) => {
    await page.keyboard.press('0');
    await page.fill('[name=policy]', '3.2');
    await page.fill('[name=basis]', 'law');
    await page.fill('[name=reason]', 'once');
    await page.keyboard.press('Control+Enter');
  };
  await fill(one);
  await one.waitForFunction((was) => !location.hash.endsWith(was), id);
  await fill(two);
  await two.waitForSelector('.problem:not([hidden])');
  await waits(3500);
  const { events } = await ask(server.url, 'GET', `/v1/events?object=${id}`, { key });
  assert.equal(events.filter((e) => e.kind === 'rejected').length, 1);
  await one.context().close();
});

await check('a claim that is another\'s by now: it is said, nothing is decided', async () => {
  const { complaint_id: id } = await complain({ category: 'minor-sexual' });
  const lin = await as('lin', `/console#/case/complaint:${id}`);
  await shown(lin);
  await lin.evaluate(async (object) => {
    const { csrf } = await (await fetch('/v1/session')).json();
    await fetch('/v1/claims/acts', { method: 'POST', headers: { 'Jz-Csrf': csrf,
      'Content-Type': 'application/json' }, body: JSON.stringify({ object, act: 'release' }) });
  }, `complaint:${id}`);
  const wang = await as('wang', `/console#/case/complaint:${id}`);
  await shown(wang);
  await lin.keyboard.press('0');
  for (const [name, text] of [['policy', '3.2'], ['basis', 'law'], ['reason', 'too late']])
    await lin.fill(`[name=${name}]`, text);
  await lin.keyboard.press('Control+Enter');
  await lin.waitForSelector('.problem:not([hidden])');
  assert.equal(await lin.inputValue('[name=reason]'), 'too late');
  assert.equal((await ask(server.url, 'GET', `/v1/complaints/${id}`, { key })).state, 'open');
  await lin.context().close();
  await wang.context().close();
});

await check('the back button comes to the case before, with what was typed', async () => {
  const [a, b] = [await complain({ category: 'minor-sexual' }),
    await complain({ category: 'minor-sexual' })];
  const page = await as('wang', `/console#/case/complaint:${a.complaint_id}`);
  await shown(page);
  await page.keyboard.press('0');
  await page.fill('[name=reason]', 'half of it');
  await page.evaluate((id) => { location.hash = `#/case/complaint:${id}`; }, b.complaint_id);
  await page.waitForSelector(`[data-object="complaint:${b.complaint_id}"]`);
  await page.goBack();
  await page.waitForSelector(`[data-object="complaint:${a.complaint_id}"]`);
  assert.equal(await page.inputValue('[name=reason]'), 'half of it');
  await page.context().close();
});

await check('script and turned text in every field stay text; 10 000 characters are cut', async () => {
  const bad = '<script>alert(1)</script><img src=x onerror=alert(1)>\u202Etxet 😀';
  const page = await as('head', '/console#/accounts');
  for (const [path, name] of [['accounts', 'find'], ['consents', 'find'], ['reports', 'find'],
    ['ledger', 'find']]) {
    await page.goto(`${server.url}/console#/${path}`);
    await page.waitForSelector(`[name=${name}]`);
    await page.fill(`[name=${name}] >> nth=0`, bad);
    await page.keyboard.press('Enter');
    await page.waitForTimeout(200);
    await page.fill(`[name=${name}] >> nth=0`, 'x'.repeat(10000));
    assert.ok((await page.inputValue(`[name=${name}] >> nth=0`)).length <= 10000);
    assert.equal(await page.locator('main script, main img[src=x]').count(), 0);
  }
  await page.goto(`${server.url}/console#/rules`);
  await page.fill('[name=rules]', `ruleset "${bad}" {`);
  await page.click('button:has-text("Check")');
  await page.waitForSelector('.problem pre, .problem code');
  assert.equal(await page.locator('main script, main img[src=x]').count(), 0);
  assertClean(page, /40\d/);
  await page.context().close();
});

for (const [suffix, options] of looks)
  await check(`pages: ${suffix}`, async () => {
    const page = await as('head', '/console#/queue', options);
    for (const name of ['rules', 'reports', 'quality', 'ledger/0', 'banks/known', 'operations']) {
      await page.goto(`${server.url}/console#/${name}`);
      await page.waitForSelector('.pad h1');
      await page.waitForTimeout(700);
      if (name === 'ledger/0')
        await page.locator('.row button.main').first().click();
      if (name === 'banks/known')
        await page.setInputFiles('[name=file]', join(samples, 'progressive.jpg'));
      if (name === 'rules') {
        await page.fill('[name=rules]', rules);
        await page.locator('.row button.main').click();
      }
      await page.waitForTimeout(500);
      await assertAccessible(page);
      await shot(page, `desk-${name.replace('/', '-')}-${suffix}`);
    }
    assertClean(page, refused);
    await page.context().close();
  });

await done();
