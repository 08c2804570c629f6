// SPDX-License-Identifier: Apache-2.0
// Hashes of the browser against `jz hash`: what a picture's decoder decides is bounded, all else is
// equal. Pictures come from JZ_TEST_DATA/pdq, a video from JZ_TEST_DATA/video.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertClean, check, done, home, open, serve } from './harness.mjs';

// Measured in Chromium 156: 0 of 256 for every JPEG. Another decoder of JPEG may round differently.
const JPEG_BITS = 4;

const data = process.env.JZ_TEST_DATA ?? '';
const h = home();
h.jz('key', 'add', 'k', '--role', 'moderator');
const server = await serve(h);
const page = await open(server.url);
await page.waitForSelector('main h1');
const able = await page.evaluate(async () => (await import('/web/hash.js')).canHash());

// What web/hash.js says of a file, and how long that took.
async function hashed(path) {
  await page.evaluate(() => {
    document.querySelector('#files')?.remove();
    const input = document.createElement('input');
    input.type = 'file';
    input.id = 'files';
    document.body.append(input);
  });
  await page.setInputFiles('#files', path);
  return page.evaluate(async () => {
    const { hashFile } = await import('/web/hash.js');
    const began = performance.now();
    const found = await hashFile(document.querySelector('#files').files[0]);
    return { ...found, ms: performance.now() - began };
  });
}

const expected = (path) => JSON.parse(h.jz('hash', '--json', path));

function distance(a, b) {
  let x = BigInt(`0x${a}`) ^ BigInt(`0x${b}`), n = 0;
  for (; x > 0n; x &= x - 1n)
    n++;
  return n;
}

const needs = (what) => !able ? 'built without clang and lld' : existsSync(what) ? undefined
  : 'no JZ_TEST_DATA';

const images = join(data, 'pdq/images');
for (const [name, pattern, bound] of [['PNG: equal', /\.png$/, 0],
  [`JPEG: at most ${JPEG_BITS} bits`, /\.jpg$/, JPEG_BITS]])
  await check(`PDQ of ${name}; SHA-256 equal`, async () => {
    const why = needs(images);
    if (why)
      return why;
    const seen = {};
    for (const file of readdirSync(images).filter((f) => pattern.test(f))) {
      const got = await hashed(join(images, file)), want = expected(join(images, file));
      assert.equal(got.sha256, want.sha256);
      const d = distance(got.pdq, want.pdq);
      seen[d] = (seen[d] ?? 0) + 1;
      if (d > 0)
        console.log(`# ${file}: ${d} bits, quality ${got.quality} and ${want.quality}`);
      assert.ok(d <= bound, `${file}: ${d} bits`);
    }
    console.log(`# bits that differ, and in how many: ${JSON.stringify(seen)}`);
  });

// Made with ffmpeg: a picture of colours, in each way in which it may be stored.
function make(name, filter, ...options) {
  const path = join(h.folder, name);
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', filter, '-frames:v', '1',
    ...options, path]);
  return path;
}
const have = (tool) => {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`]);
    return true;
  } catch {
    return false;
  }
};

await check('PDQ of a large PNG, of a grey one, of a narrow one: equal', async () => {
  if (!able || !have('ffmpeg'))
    return able ? 'no ffmpeg' : 'built without clang and lld';
  for (const [name, size, options] of [['large.png', '1501x1107', ['-pix_fmt', 'rgb24']],
    ['grey.png', '900x700', ['-pix_fmt', 'gray']], ['narrow.png', '2000x40', ['-pix_fmt', 'rgb24']],
    ['small.png', '97x31', ['-pix_fmt', 'rgb24']], ['square.png', '512x512', ['-pix_fmt', 'rgb24']]]) {
    const path = make(name, `mandelbrot=s=${size}`, ...options);
    const got = await hashed(path), want = expected(path);
    assert.equal(got.pdq, want.pdq, name);
    assert.equal(got.quality, want.quality, name);
  }
});

await check('a photograph of 12 megapixels: how long', async () => {
  if (!able || !have('ffmpeg'))
    return able ? 'no ffmpeg' : 'built without clang and lld';
  const path = make('large.jpg', 'mandelbrot=s=4000x3000', '-vf', 'noise=alls=20:allf=t', '-q:v', '3');
  const got = await hashed(path);
  console.log(`# 12 MP JPEG of ${got.size} bytes: ${Math.round(got.ms)} ms`);
  assert.ok(distance(got.pdq, expected(path).pdq) <= JPEG_BITS);
});

await check('a picture that is turned is hashed as it is shown', async () => {
  if (!able || !have('ffmpeg') || !have('exiftool'))
    return 'no ffmpeg or exiftool, or built without clang and lld';
  const path = make('turned.jpg', 'mandelbrot=s=800x600', '-q:v', '2');
  execFileSync('exiftool', ['-q', '-overwrite_original', '-Orientation#=6', path]);
  assert.ok(distance((await hashed(path)).pdq, expected(path).pdq) <= JPEG_BITS);
});

await check('frames of a video are those that vPDQ finds', async () => {
  const path = join(data, 'video/chair-19-sd-bar.mp4');
  const why = needs(path);
  if (why)
    return why;
  const frames = readFileSync(path.replace('.mp4', '.vpdq.txt'), 'utf8').match(/[0-9a-f]{64}/g);
  const got = await hashed(path);
  assert.equal(got.kind, 'video');
  assert.ok(got.frames.length >= 3);
  for (const f of got.frames) {
    const nearest = Math.min(...frames.map((x) => distance(x, f.pdq)));
    console.log(`# at ${f.seconds.toFixed(1)} s: ${nearest} bits from the nearest frame`);
    assert.ok(nearest <= 31);
  }
});

await check('what is broken or no picture has its SHA-256 and nothing else', async () => {
  if (!able)
    return 'built without clang and lld';
  const bytes = Buffer.from('FFD8FFE000104A464946000101000001', 'hex');
  for (const [name, content] of [['broken.jpg', bytes], ['text.png', Buffer.from('hello')],
    ['broken.mp4', Buffer.from('0000001c667479706d703432', 'hex')], ['empty.jpg', Buffer.alloc(0)],
    ['long.bin', Buffer.alloc(300001, 7)]]) {
    const path = join(h.folder, name);
    writeFileSync(path, content);
    const got = await hashed(path);
    assert.equal(got.pdq, undefined, name);
    assert.equal(got.frames.length, 0, name);
    const sum = execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64);
    assert.equal(got.sha256, sum, name);
  }
});

await check('nothing from elsewhere, no error', () => assertClean(page));
await done();
