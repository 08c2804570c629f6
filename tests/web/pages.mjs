// SPDX-License-Identifier: Apache-2.0
// What holds for every page: its policy, its words in both languages, its look, its size.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { assertAccessible, assertClean, check, done, home, looks, open, phone, serve, shot }
  from './harness.mjs';

const h = home();
h.jz('key', 'add', 'console', '--role', 'moderator');
const server = await serve(h);
const paths = ['/', '/consent', '/help', '/console'];

// As it comes over the wire: fetch() would unpack it.
function raw(path, headers = {}) {
  return new Promise((resolve, reject) => {
    request(server.url + path, { headers }, (reply) => {
      const parts = [];
      reply.on('data', (d) => parts.push(d));
      reply.on('end', () => resolve({
        status: reply.statusCode, headers: reply.headers, size: Buffer.concat(parts).length,
      }));
    }).on('error', reject).end();
  });
}

await check('a file has a strong tag, and is not sent twice', async () => {
  const plain = await raw('/web/base.css');
  const packed = await raw('/web/base.css', { 'Accept-Encoding': 'br, gzip;q=0.8' });
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.match(plain.headers.etag, /^"[0-9a-f]{32}"$/);
  assert.notEqual(plain.headers.etag, packed.headers.etag);
  assert.ok(packed.size * 2 < plain.size);
  const again = await raw('/web/base.css', { 'If-None-Match': plain.headers.etag });
  assert.equal(again.status, 304);
  assert.equal(again.size, 0);
  const refused = await raw('/web/base.css', { 'Accept-Encoding': 'gzip;q=0' });
  assert.equal(refused.headers['content-encoding'], undefined);
  assert.equal((await raw('/web/nothing.js')).status, 404);
  assert.equal((await raw('/web/..%2fhome.html')).status, 404);
});

await check('every page has a policy that lets nothing in', async () => {
  for (const path of paths) {
    const policy = (await raw(path)).headers['content-security-policy'];
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'; base-uri 'none'; form-action 'self'$/);
  }
});

for (const path of paths)
  for (const [suffix, options] of looks)
    await check(`${path} ${suffix}: nothing from elsewhere, no error, accessible`, async () => {
      const page = await open(server.url, path, options);
      await page.waitForSelector('main h1');
      await assertAccessible(page);
      await shot(page, `${path === '/' ? 'home' : path.slice(1)}-${suffix}`);
      // Who is signed in is asked of the server, which says that nobody is.
      assertClean(page, path === '/console' ? /status of 401/ : undefined);
      await page.context().close();
    });

await check('language and look can be switched, and are kept in this tab', async () => {
  const page = await open(server.url, '/');
  await page.waitForSelector('main h1');
  await page.click('text=中文');
  await page.waitForSelector('html[lang="zh-CN"]');
  const look = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await look();
  await page.click('text=深色');
  assert.notEqual(await look(), before);
  await page.reload();
  await page.waitForSelector('text=浅色');
  assertClean(page);
  await page.context().close();
});

for (const path of paths)
  await check(`${path} fits 360 pixels, and 150 KB over the wire`, async () => {
    const page = await open(server.url, path, phone);
    await page.waitForSelector('main h1');
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `${width} pixels`);
    let bytes = 0;
    for (const r of page.log.requests)
      bytes += (await r.sizes()).responseBodySize + (await r.sizes()).responseHeadersSize;
    const ms = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]
      ?.startTime);
    console.log(`# ${path}: ${bytes} bytes in ${page.log.requests.length} requests; ` +
      `painted after ${Math.round(ms)} ms`);
    assert.ok(bytes <= 150000, `${bytes} bytes`);
    await page.context().close();
  });

await done();
