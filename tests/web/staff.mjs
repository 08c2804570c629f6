// SPDX-License-Identifier: Apache-2.0
// What the tests of the console share: people who set up accounts, sign in, and have pages; not a
// test itself.
import { createHmac } from 'node:crypto';
import { ask, open } from './harness.mjs';

export const password = 'correct horse battery';
export const refused = /40[149]/; // what the browser says of requests that are refused

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
function codeOf(base32, step) {
  let bits = '';
  for (const c of base32)
    bits += alphabet.indexOf(c).toString(2).padStart(5, '0');
  const secret = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

// people: { name: role }. h: a home; server: set once it is there.
export function staff(h, people) {
  const secrets = Object.fromEntries(Object.entries(people).map(([name, role]) =>
    [name, h.jz('staff', 'add', name, '--role', role).trim()]));
  const used = {}, totp = {}, sessions = {};
  const s = { server: null, sessions };

  // A code works once: this step, then the next one, then waiting.
  s.code = async (name) => {
    for (;;) {
      const now = Math.floor(Date.now() / 30000);
      const step = Math.max(now, (used[name] ?? 0) + 1);
      if (step <= now + 1) {
        used[name] = step;
        return codeOf(totp[name], step);
      }
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
    }
  };

  s.setUp = async (name, page) => {
    await page.click('text=First time here');
    await page.fill('[name=name]', name);
    await page.fill('[name=secret]', secrets[name]);
    await page.keyboard.press('Enter');
    totp[name] = (await page.textContent('.secret')).replaceAll(' ', '');
    await page.fill('[name=new]', password);
    await page.fill('[name=again]', password);
    await page.fill('[name=code]', await s.code(name));
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Your account is ready');
  };

  s.signIn = async (name, page) => {
    await page.fill('[name=name]', name);
    await page.fill('[name=password]', password);
    await page.fill('[name=code]', await s.code(name));
    await page.keyboard.press('Enter');
  };

  // A page of somebody who has signed in; set up where that is the first time. The same session
  // again, for a code is good once in 30 seconds.
  s.as = async (name, options, path = '/console') => {
    const first = !sessions[name];
    const page = await open(s.server.url, first ? '/console' : path,
      first ? {} : { storageState: sessions[name], ...options });
    await page.waitForSelector('main h1');
    if (first) {
      await s.setUp(name, page);
      await s.signIn(name, page);
      await page.waitForSelector('.console-nav a');
      sessions[name] = await page.context().storageState();
      await page.context().close();
      return s.as(name, options, path);
    }
    await page.waitForSelector('.console-nav a');
    return page;
  };
  return s;
}

// The address of the case that is shown, once it can be decided.
export async function shown(page) {
  await page.waitForFunction(() => location.hash.slice(7) ===
    document.querySelector('.case')?.dataset.object && document.querySelector('.decision'));
  return page.evaluate(() => location.hash);
}

// A complaint of an item of its own.
let items = 0;
export function complain(server, key, more) {
  items++;
  return ask(server.url, 'POST', '/v1/complaints', { key, body: {
    role: 'patrol', category: 'fraud', jurisdiction: 'CN',
    items: [{ url: `https://example.com/${items}` }], ...more } });
}
