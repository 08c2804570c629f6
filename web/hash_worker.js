// SPDX-License-Identifier: Apache-2.0
// Hashes, off the page's own thread, by the program's own code (src/hash/wasm/). Nothing leaves
// here but what is answered. Messages, each with an id that its answer repeats:
//   { id, file }                  -> { id, sha256 }, with { id, done } (bytes) before
//   { id, bitmap }                -> { id, width, height, quality, pdq, variants }
// or { id, error }: 'memory', 'read'.

const CHUNK = 65536;
const BAND_PIXELS = 1 << 20;

const ready = WebAssembly.instantiateStreaming(fetch('/web/hash.wasm'))
  .then(({ instance }) => instance.exports);
ready.catch(() => {}); // is told with each answer

function hex(bytes) {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

function digests(code, n) {
  const all = new Uint8Array(code.memory.buffer, code.result(), 32 * n);
  return Array.from({ length: n }, (_, i) => hex(all.subarray(32 * i, 32 * i + 32)));
}

async function sha256(code, id, file) {
  const reader = file.stream().getReader();
  let done = 0;
  code.sha256_begin();
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined)
      break;
    for (let at = 0; at < value.length; at += CHUNK) {
      const part = value.subarray(at, at + CHUNK);
      new Uint8Array(code.memory.buffer, code.bytes(), part.length).set(part);
      code.sha256_add(part.length);
    }
    done += value.length;
    postMessage({ id, done });
  }
  code.sha256_end();
  return { sha256: digests(code, 1)[0] };
}

// Bands of rows, so that only a part of the pixels is there more than once.
function pdq(code, bitmap) {
  const { width, height } = bitmap;
  const rows = Math.max(1, Math.min(height, Math.floor(BAND_PIXELS / width)));
  const canvas = new OffscreenCanvas(width, rows);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const at = code.pdq_begin(width, height, rows);
  if (at === 0)
    throw new Error('memory');
  for (let y = 0; y < height; y += rows) {
    context.clearRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, -y);
    const { data } = context.getImageData(0, 0, width, Math.min(rows, height - y));
    new Uint8Array(code.memory.buffer, at, data.length).set(data);
    code.pdq_band(y);
  }
  bitmap.close();
  const quality = code.pdq_end();
  if (quality < 0)
    throw new Error('memory');
  const variants = digests(code, 8);
  return { width, height, quality, pdq: variants[0], variants };
}

// One after the other: a file's SHA-256 is in the middle of its bytes while it is read.
let last = Promise.resolve();
onmessage = ({ data }) => {
  last = last.then(async () => {
    const { id, file, bitmap } = data;
    try {
      const code = await ready;
      postMessage({ id, ...file ? await sha256(code, id, file) : pdq(code, bitmap) });
    } catch (e) {
      postMessage({ id, error: e.message === 'memory' || e instanceof RangeError ? 'memory' : 'read' });
    }
  });
};
